from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.accounts.layout import GRID_COLUMNS, SIZES, Place, kpi_grid


@given(st.lists(st.sampled_from(sorted(SIZES)), max_size=30))
def test_no_two_widgets_overlap_and_none_leaves_the_grid(chart_types):
    places = kpi_grid(chart_types)
    assert [(place.columns, place.rows) for place in places] == [SIZES[chart] for chart in chart_types]
    assert all(place.x >= 0 and place.y >= 0 and place.x + place.columns <= GRID_COLUMNS for place in places)
    # by cells, not by Place.overlaps: the rule must not be judged by itself
    cells = [(x, y) for p in places for x in range(p.x, p.x + p.columns) for y in range(p.y, p.y + p.rows)]
    assert len(cells) == len(set(cells))


@given(st.lists(st.sampled_from(sorted(SIZES)), min_size=2, max_size=12))
def test_widgets_stand_in_the_order_in_which_they_were_named(chart_types):
    places = kpi_grid(chart_types)
    assert places == sorted(places, key=lambda place: (place.y, place.x))


def test_three_sparklines_fill_one_shelf():
    assert kpi_grid(["sparkline"] * 3) == [Place(0, 0, 4, 2), Place(4, 0, 4, 2), Place(8, 0, 4, 2)]


def test_a_shelf_is_as_high_as_its_highest_widget():
    assert kpi_grid(["sparkline", "line", "table"])[2] == Place(0, 4, 12, 5)


PLACES = st.builds(Place, *(st.integers(0, 6),) * 2, *(st.integers(1, 4),) * 2)


@given(PLACES, PLACES)
def test_overlapping_is_sharing_a_cell(one, other):
    def cells(place):
        return {(x, y) for x in range(place.x, place.x + place.columns) for y in range(place.y, place.y + place.rows)}

    assert one.overlaps(other) == other.overlaps(one) == bool(cells(one) & cells(other))


def test_every_size_fits_the_grid():
    assert all(1 <= size.columns <= GRID_COLUMNS and size.rows >= 1 for size in SIZES.values())
