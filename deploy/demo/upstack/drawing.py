"""A view's layout as a small picture of its grid. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

GRID_COLUMNS = 12
COLUMN_CHARACTERS = 6
ROW_LINES = 2
MAX_LINES = 60


@dataclass(frozen=True, slots=True)
class Tile:
    """A widget's place on the grid, and what is written into it."""

    x: int
    y: int
    columns: int
    rows: int
    texts: tuple[str, ...]


def plain(text: str) -> str:
    """`text` without what would move a terminal's cursor or colour it."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def tiles_of(view: dict[str, Any]) -> list[Tile]:
    """The tiles of a view as the API answers it; widgets without a place are left out."""
    placed = (_tile(widget) for widget in view["configuration"].get("widgets", []))
    return [tile for tile in placed if tile is not None]


def _tile(widget: dict[str, Any]) -> Tile | None:
    layout = widget.get("layout", {})
    x, y, columns, rows = (layout.get(name) for name in ("x", "y", "columns", "rows"))
    if not all(isinstance(number, int) for number in (x, y, columns, rows)):
        return None
    measures = ", ".join(map(str, widget.get("dataConfig", {}).get("measures", [])))
    texts = (widget.get("title", ""), measures, widget.get("chartType", ""))
    return Tile(x, y, columns, rows, tuple(plain(str(text)) for text in texts))


def draw(tiles: Sequence[Tile]) -> list[str]:
    """The grid as lines of text, at most `MAX_LINES`. Tiles that reach below are cut, those outside left out."""
    height = min(max((tile.y + tile.rows for tile in tiles), default=0) * ROW_LINES, MAX_LINES)
    canvas = [[" "] * (GRID_COLUMNS * COLUMN_CHARACTERS) for _ in range(height)]
    for tile in tiles:
        _frame(canvas, tile)
    return ["".join(line).rstrip() for line in canvas]


def _frame(canvas: list[list[str]], tile: Tile) -> None:
    left, top = tile.x * COLUMN_CHARACTERS, tile.y * ROW_LINES
    inner_width = tile.columns * COLUMN_CHARACTERS - 2
    inner_height = tile.rows * ROW_LINES - 2
    texts = [text[: inner_width - 2] for text in tile.texts[:inner_height]]
    texts += [""] * (inner_height - len(texts))
    lines = ["╭" + "─" * inner_width + "╮", *(f"│ {text:<{inner_width - 2}} │" for text in texts)]
    lines.append("╰" + "─" * inner_width + "╯")
    for row, line in enumerate(lines[: max(len(canvas) - top, 0)], top):
        for column, character in enumerate(line, left):
            if column < len(canvas[row]):
                canvas[row][column] = character
