"""What the models of the settings build on: the reader of settings files, which lives with the keys."""

from keys.settings_file import Cross, Section, WrongValue

__all__ = ["Cross", "Section", "WrongValue"]
