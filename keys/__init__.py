"""Key management."""
