"""The settings file itself: load it, read models out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from keys.settings_file.document import Document, Found, build_document
from keys.settings_file.environment import Substitution
from keys.settings_file.mistakes import Mistake, SettingsError, key_text
from keys.settings_file.nodes import BadYaml, parse_nodes
from keys.settings_file.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from keys.settings_file.mistakes import Loc

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file that is YAML; whether it is right is seen when a model is read."""

    path: Path
    warnings: tuple[str, ...]
    _document: Document = field(repr=False)

    @property
    def folder(self) -> Path:
        """Where relative paths of the file start."""
        return self.path.parent

    @classmethod
    def load(cls, path: Path, environment: Mapping[str, str]) -> SettingsFile:
        """Read `path` and fill its `${NAME}` from `environment`. Raises SettingsError: unreadable, or not YAML."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SettingsError([Mistake(str(path), 1, "", "", f"cannot be read: {error.strerror}")]) from None
        return cls.parse(content, path, environment)

    @classmethod
    def parse(cls, content: bytes, path: Path, environment: Mapping[str, str]) -> SettingsFile:
        """Like `load`, of a content already at hand; `path` names it in mistakes."""
        substitution = Substitution(environment)
        try:
            document = build_document(parse_nodes(content), substitution)
        except BadYaml as error:
            raise SettingsError([Mistake(str(path), error.line, "", "", error.message)]) from None
        return cls(path, tuple(substitution.warnings), document)

    def read(self, model: type[M]) -> M:
        """Give the file as `model`. Raises SettingsError with every mistake, in the order of the file.

        A model that ignores unknown keys (`extra="ignore"`) is not told of mistakes outside its own.
        """
        reading = Reading(self._document, model)
        instance = reading.read()
        found = [*_of_interest(self._document.found, model), *reading.found]
        if found:
            raise SettingsError(self._mistakes(found))
        assert instance is not None  # noqa: S101 - a reading that found nothing has built the model
        return instance

    def line_of(self, loc: Loc) -> int:
        """The line where the value at `loc` begins. Raises KeyError if the file does not have it."""
        return self._document.places[loc].key_line

    def _mistakes(self, found: Sequence[Found]) -> list[Mistake]:
        unique = dict.fromkeys(sorted(found, key=lambda one: one.line))
        return [
            Mistake(str(self.path), one.line, key_text(one.loc), one.value, one.message, one.allowed) for one in unique
        ]


def _of_interest(found: Iterable[Found], model: type[BaseModel]) -> list[Found]:
    everything = model.model_config.get("extra", "ignore") != "ignore"
    return [one for one in found if everything or not one.loc or one.loc[0] in model.model_fields]
