"""`/accounts`: the dashboard views of each pixel."""
