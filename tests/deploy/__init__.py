"""Tests of what runs the product elsewhere, and of the demo."""
