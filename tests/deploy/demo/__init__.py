"""Tests of the sample backends and of the `upstack` command, over real HTTP."""
