"""The version of this build, as the package's metadata says it."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("pixelgate")
