"""A YAML file of settings -> pydantic models, with every mistake of the file at once, each with its line.

    file = SettingsFile.load(Path("gateway.yaml"), os.environ)
    settings = file.read(Settings)

Models build on `Section` and say in `crosses` which of their values do not fit together. The steps, each in its file:
`nodes` (YAML, bounded), `environment` (`${NAME}`), `document` (plain values and their places), `reading` (models).
"""

from keys.settings_file.file import SettingsFile
from keys.settings_file.mistakes import Cross, CrossErrors, Loc, Mistake, SettingsError, WrongValue
from keys.settings_file.section import Section

__all__ = ["Cross", "CrossErrors", "Loc", "Mistake", "Section", "SettingsError", "SettingsFile", "WrongValue"]
