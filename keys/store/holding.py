"""Which rows hold a scope in their list, said so that PostgreSQL uses its index of scopes, and SQLite understands it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from keys.store.tables import keys

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class _Holds(FunctionElement[bool]):
    """The column, the scope as a JSON array of one, and the scope in quotes."""

    type = Boolean()
    inherit_cache = True


def holds_scope(scope: str) -> ColumnElement[bool]:
    """Has a key this scope among those stored? Scope names hold no quotes, so whole names alone are found."""
    return _Holds(keys.c.scopes, literal(json.dumps([scope]), String), literal(f'"{scope}"', String))


@compiles(_Holds, "postgresql")
def _by_index(element: _Holds, compiler: Any, **options: Any) -> str:
    column, array, _ = element.clauses
    return f"{compiler.process(column, **options)} @> CAST({compiler.process(array, **options)} AS JSONB)"


@compiles(_Holds, "sqlite")
def _by_search(element: _Holds, compiler: Any, **options: Any) -> str:
    column, _, quoted = element.clauses
    return f"instr({compiler.process(column, **options)}, {compiler.process(quoted, **options)}) > 0"
