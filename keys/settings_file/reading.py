"""Reads a model out of a document, and finds all mistakes of it, not only the first kind.

Pydantic judges what fits together (`after` validators) only where every field is valid. So what it finds wrong is noted
and replaced by a HOLE, and it is asked again, until the rest is valid; then every section says what does not fit
together. A mistake at a hole or inside one is no news.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from keys.settings_file.document import Found
from keys.settings_file.holes import HOLE, holes_answering
from keys.settings_file.mistakes import HIDDEN, CrossErrors
from keys.settings_file.section import READING, sections_of
from keys.settings_file.shape import known_keys, nearest
from keys.settings_file.showing import shown, without_secrets
from keys.settings_file.words import any_of, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from keys.settings_file.document import Document
    from keys.settings_file.mistakes import Cross, Loc

M = TypeVar("M", bound=BaseModel)

MAX_ROUNDS = 64


class Reading(Generic[M]):
    """One reading of `model`. Its state: the values with holes where they are wrong, and what was found."""

    def __init__(self, document: Document, model: type[M]) -> None:
        self._document = document
        self._model = model
        self._data: Any = copy.deepcopy(document.data)
        self._holes: set[Loc] = {loc for loc in document.places if self._at(loc) is HOLE}
        self.found: list[Found] = []

    def read(self) -> M | None:
        """Give the model, or None when nothing of it can be built. It is sound only if `found` is empty after."""
        for attempt in range(MAX_ROUNDS):
            try:
                instance = self._model.model_validate(self._data, context=READING)
            except ValidationError as error:
                if not self._note(error.errors(include_url=False, include_input=False)):
                    return None
            except Exception:
                # A validator that met a hole and could not bear it: what is known by now must do.
                if not attempt:
                    raise
                return None
            else:
                self._note_crosses(instance)
                return instance
        return None

    # --- fields

    def _note(self, errors: list[ErrorDetails]) -> bool:
        """Note every error and dig its hole. False when nothing is left to dig."""
        by_place: dict[Loc, list[ErrorDetails]] = {}
        for error in errors:
            by_place.setdefault(self._raw_loc(error["loc"], error["type"]), []).append(error)
        dug: set[Loc] = set()
        # The innermost first: a list that is too short because its items are wrong is no news.
        for loc, same_place in sorted(by_place.items(), key=lambda item: -len(item[0])):
            if any(hole[: len(loc)] == loc for hole in dug):
                continue
            if not self._in_hole(loc):
                self.found += self._worded(loc, same_place)
            if (hole := self._dig(loc, same_place[0]["type"])) is not None:
                dug.add(hole)
        return bool(dug)

    def _worded(self, loc: Loc, errors: list[ErrorDetails]) -> Iterator[Found]:
        raised = errors[0].get("ctx", {}).get("error")
        if isinstance(raised, CrossErrors):
            for cross in raised.crosses:
                yield self._crossed((*loc, *cross.loc), cross)
        elif errors[0]["type"] == "extra_forbidden":
            yield self._unknown_key(loc)
        else:
            message, allowed = any_of([worded(error) for error in errors])
            is_key = errors[0]["loc"][-1:] == ("[key]",)
            value = repr(loc[-1]) if is_key else self._shown(loc)
            yield Found(loc, self._line(loc, of_key=is_key), value, self._safe(message), self._safe(allowed))

    def _unknown_key(self, loc: Loc) -> Found:
        *parent, key = loc
        known = known_keys(self._model, tuple(parent))
        meant = nearest(str(key), known)
        message = f"is unknown; did you mean {meant}?" if meant else "is unknown"
        return Found(loc, self._line(loc, of_key=True), "", message, ", ".join(sorted(known)))

    def _raw_loc(self, loc: Loc, kind: str) -> Loc:
        """`loc` without what pydantic adds to it (branches of unions, `[key]`): as far as the document goes."""
        raw: Loc = ()
        for position, part in enumerate(loc):
            if _holds(self._at(raw), part) or (kind == "missing" and position == len(loc) - 1):
                raw = (*raw, part)
            elif not _is_tag(part):
                break
        return raw

    # --- holes

    def _dig(self, loc: Loc, kind: str) -> Loc | None:
        """Put a hole at `loc`, or around it if there is one already, or nothing where the key is unknown; give where."""
        while loc:
            parent = self._at(loc[:-1])
            if kind == "extra_forbidden":
                del parent[loc[-1]]
                return loc
            if self._at(loc) is not HOLE and _put(parent, loc[-1], HOLE):
                self._holes.add(loc)
                return loc
            loc = loc[:-1]
        return None

    def _in_hole(self, loc: Loc) -> bool:
        return any(loc[:end] in self._holes for end in range(len(loc) + 1))

    def _at(self, loc: Loc) -> Any:
        value = self._data
        for part in loc:
            if not _holds(value, part):
                return None
            value = value[part]
        return value

    # --- what does not fit together

    def _note_crosses(self, instance: BaseModel) -> None:
        answers = []
        for answer in (True, False):
            with holes_answering(answer):
                answers.append(dict(self._crosses(instance)))
        # A complaint that depends on what a hole would answer is none.
        sure = answers[0].keys() & answers[1].keys()
        self.found += [
            self._crossed(loc, cross) for (loc, _), cross in answers[0].items() if (loc, cross.message) in sure
        ]

    def _crosses(self, instance: BaseModel) -> Iterator[tuple[tuple[Loc, str], Cross]]:
        """What every section says, by its place in the whole and its message; nothing of what is a hole anyway."""
        for loc, section in sections_of(instance, ()):
            for cross in section.crosses():
                place = (*loc, *cross.loc)
                if not self._in_hole(place) and cross.value is not HOLE:
                    yield (place, cross.message), cross._replace(loc=place)

    def _crossed(self, loc: Loc, cross: Cross) -> Found:
        hidden = self._document.places[loc].hidden if loc in self._document.places else False
        value = HIDDEN if hidden else self._safe(shown(cross.value))
        return Found(loc, self._line(loc), value, self._safe(cross.message), self._safe(cross.allowed))

    # --- what is shown

    def _line(self, loc: Loc, *, of_key: bool = False) -> int:
        """The line of `loc`, or of the nearest value around it that is in the file."""
        while loc not in self._document.places:
            loc, of_key = loc[:-1], True
        place = self._document.places[loc]
        return place.key_line if of_key else place.line

    def _shown(self, loc: Loc) -> str:
        if loc not in self._document.places:
            return ""
        return HIDDEN if self._document.places[loc].hidden else self._safe(shown(self._at(loc)))

    def _safe(self, text: str) -> str:
        return without_secrets(text, self._document.secrets)


def _is_tag(part: str | int) -> bool:
    """Whether `part` names a branch of a union (`Tag("<header>")`), not a key."""
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def _holds(container: Any, part: str | int) -> bool:
    if isinstance(container, dict):
        return part in container
    return isinstance(container, list) and isinstance(part, int) and 0 <= part < len(container)


def _put(container: Any, part: str | int, value: object) -> bool:
    if isinstance(container, dict) or _holds(container, part):
        container[part] = value
        return True
    return False
