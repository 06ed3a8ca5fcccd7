"""The stand-in for a value that is already known to be wrong, so that the rest of the file can still be judged."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from collections.abc import Iterator


_answer: ContextVar[bool] = ContextVar("answer", default=False)


@contextmanager
def holes_answering(answer: bool) -> Iterator[None]:  # noqa: FBT001 - it is the answer
    """Inside, HOLE answers every comparison so."""
    reset = _answer.set(answer)
    try:
        yield
    finally:
        _answer.reset(reset)


@final
class Hole:
    """A value nobody knows. Whatever is asked of it, the answer causes no further complaint.

    It has every attribute, can be called, and is empty. Whether it equals another value, or holds one, it answers either
    way, as `holes_answering` says: what is complained of under both answers has nothing to do with it. There is one,
    HOLE, to be known by `is`.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Hole:
        # Protocols (copying, pickling, pydantic's own) ask for dunder names and must be told that there are none.
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: object, **_named: object) -> Hole:
        return self

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Hole:
        return self

    def __next__(self) -> Hole:
        raise StopIteration

    def __contains__(self, _sought: object) -> bool:
        return _answer.get()

    def __getitem__(self, _key: object) -> Hole:
        return self

    __hash__ = object.__hash__

    def __eq__(self, _other: object) -> bool:
        return _answer.get()

    def __ne__(self, _other: object) -> bool:
        return not _answer.get()

    def __lt__(self, _other: object) -> bool:
        return False

    def __gt__(self, _other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return "HOLE"

    def __deepcopy__(self, _memo: object) -> Hole:
        return self


HOLE: Final = Hole()
