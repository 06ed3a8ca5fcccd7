"""Loading the settings file: the one way for `run`, `check`, reload and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.settings.file import Settings
from keys import SettingsFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings without a mistake. Relative paths in them start at `folder`; `warnings` are for ops to read."""

    settings: Settings
    folder: Path
    warnings: tuple[str, ...]


def load_file(path: Path, environment: Mapping[str, str]) -> Loaded:
    """Read the settings file at `path`. Raises keys.SettingsError with every mistake of it."""
    file = SettingsFile.load(path, environment)
    settings = file.read(Settings)
    return Loaded(settings, file.folder, (*file.warnings, *settings.warnings()))


def load_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Like `load_file`, for those who need the settings alone."""
    return load_file(path, environment).settings
