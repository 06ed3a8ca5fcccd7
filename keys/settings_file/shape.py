"""What a model allows at a place: the known keys, for "did you mean"."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keys.settings_file.mistakes import Loc

_TABLES = (dict, Mapping)


def known_keys(model: type[BaseModel], loc: Loc) -> Sequence[str]:
    """The keys of the model at `loc`, where a model stands there; of all that may stand there, if several."""
    kinds: list[Any] = [model]
    for part in loc:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return [name for kind in kinds if _is_model(kind) for name in kind.model_fields]


def nearest(key: str, known: Sequence[str]) -> str | None:
    """The known key that was probably meant."""
    return next(iter(difflib.get_close_matches(key, known, n=1, cutoff=0.6)), None)


def _inside(kind: Any, part: str | int) -> Iterator[Any]:
    if _is_model(kind):
        if field := kind.model_fields.get(part):
            yield from _plain(field.annotation)
    elif arguments := get_args(kind):
        yield from _plain(arguments[-1] if get_origin(kind) in _TABLES else arguments[0])


def _plain(kind: Any) -> Iterator[Any]:
    """Unwrap Annotated and unions."""
    if get_origin(kind) is Annotated:
        yield from _plain(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for choice in get_args(kind):
            yield from _plain(choice)
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
