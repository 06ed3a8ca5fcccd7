"""What every model of a settings file builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from keys.settings_file.holes import HOLE
from keys.settings_file.mistakes import CrossErrors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keys.settings_file.mistakes import Cross, Loc

READING = object()
"""The validation context of the reader, which judges `crosses` itself, after all fields of the whole file."""


class Section(BaseModel):
    """A frozen part of the settings that knows no unknown keys.

    A subclass overrides `crosses` to say which of its values do not fit together. The reader asks every section even
    when other values of the file are wrong; those are HOLE then, which takes part in any comparison.
    Checks of a single value belong into its type (`Annotated[str, AfterValidator(...)]`), where holes never come.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def crosses(self) -> Iterable[Cross]:
        """Values of this section that do not fit together, their locations relative to it."""
        return ()

    @field_validator("*", mode="wrap")
    @classmethod
    def _let_holes_pass(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        return HOLE if value is HOLE else validate(value)

    @model_validator(mode="wrap")
    @classmethod
    def _be_a_hole(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Any:
        return HOLE if value is HOLE else validate(value)

    @model_validator(mode="after")
    def _fit_together(self, info: ValidationInfo) -> Self:
        if info.context is not READING and (found := tuple(self.crosses())):
            raise CrossErrors(found)
        return self


def sections_of(value: object, loc: Loc) -> Iterator[tuple[Loc, Section]]:
    """Every section in `value`, outermost first, each with its location."""
    if isinstance(value, Section):
        yield loc, value
    for part, inner in _parts(value):
        yield from sections_of(inner, (*loc, part))


def _parts(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, BaseModel):
        return [(name, getattr(value, name)) for name in type(value).model_fields]
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list | tuple) else []
