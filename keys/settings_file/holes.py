"""The stand-in for a value that is already known to be wrong, so that the rest of the file can still be judged."""

from __future__ import annotations

from typing import Final, final


@final
class Hole:
    """A value nobody knows. Whatever is asked of it, the answer causes no further complaint.

    It has every attribute, can be called, is empty, holds everything that is looked for in it, is neither equal nor
    unequal to anything, neither before nor after. There is one, HOLE, to be known by `is`.
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
        return True

    def __getitem__(self, _key: object) -> Hole:
        return self

    __hash__ = object.__hash__

    def __eq__(self, _other: object) -> bool:
        return False

    def __ne__(self, _other: object) -> bool:
        return False

    def __lt__(self, _other: object) -> bool:
        return False

    def __gt__(self, _other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return "HOLE"

    def __deepcopy__(self, _memo: object) -> Hole:
        return self


HOLE: Final = Hole()
