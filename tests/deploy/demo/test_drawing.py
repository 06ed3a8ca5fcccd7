from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.upstack.drawing import COLUMN_CHARACTERS, GRID_COLUMNS, MAX_LINES, Tile, draw, plain, tiles_of


def test_three_tiles_side_by_side():
    tiles = [Tile(x, 0, 4, 2, (title, "core.mer", "sparkline")) for x, title in ((0, "ROAS"), (4, "MER"), (8, "CPM"))]
    assert draw(tiles) == [
        "╭──────────────────────╮╭──────────────────────╮╭──────────────────────╮",
        "│ ROAS                 ││ MER                  ││ CPM                  │",
        "│ core.mer             ││ core.mer             ││ core.mer             │",
        "╰──────────────────────╯╰──────────────────────╯╰──────────────────────╯",
    ]


def test_nothing_is_drawn_of_an_empty_view():
    assert draw([]) == []
    assert draw(tiles_of({"configuration": {}})) == []


def test_widgets_without_a_place_are_left_out():
    widgets = [{"layout": {"x": 0}}, {}, {"layout": {"x": 0, "y": 0, "columns": 4, "rows": 2}, "title": "Here"}]
    (tile,) = tiles_of({"configuration": {"widgets": widgets}})
    assert tile == Tile(0, 0, 4, 2, ("Here", "", ""))


numbers = st.integers(0, 40)
tiles = st.builds(Tile, numbers, numbers, st.integers(1, 20), st.integers(1, 60), st.tuples(st.text(max_size=90)))


@given(st.lists(tiles, max_size=6))
def test_whatever_stands_where_the_picture_stays_in_its_frame(placed):
    lines = draw(placed)
    assert len(lines) <= MAX_LINES
    assert all(len(line) <= GRID_COLUMNS * COLUMN_CHARACTERS for line in lines)


@given(st.text())
def test_what_could_steer_a_terminal_is_taken_out(text):
    assert plain(text).isprintable()
    assert len(plain(text)) == len(text)


def test_ordinary_text_stays():
    assert plain("Größe (1 €)") == "Größe (1 €)"
    assert plain("\x1b[31mred") == "\N{REPLACEMENT CHARACTER}[31mred"
