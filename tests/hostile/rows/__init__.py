"""The corpus: every row is one hostile (or odd, but legitimate) request, and the only outcome it may have."""

from tests.hostile.rows import access, bodies, chunks, fields, framing, heads, paths, tenants
from tests.hostile.rows.legitimate import LEGITIMATE
from tests.hostile.rows.row import NOTHING, ONE, UNFINISHED, Row

HOSTILE: tuple[Row, ...] = tuple(
    row for part in (framing, chunks, fields, heads, paths, access, tenants, bodies) for row in part.rows()
)

__all__ = ["HOSTILE", "LEGITIMATE", "NOTHING", "ONE", "UNFINISHED", "Row"]
