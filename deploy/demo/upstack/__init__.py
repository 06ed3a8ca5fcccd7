"""The `upstack` command: a client of the Upstack Data API. It knows the API's addresses and nothing of the services."""

from deploy.demo.upstack.cli import main

__all__ = ["main"]
