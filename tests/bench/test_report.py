import pytest
from rich.console import Console

from bench.compare.load import Loaded
from bench.compare.measure import Figures
from bench.compare.peers import LUA, PLAIN, answer_of
from bench.compare.plan import Case, Size, Work
from bench.compare.report import BEGIN, END, Result, as_json, made_part, page_with, table

CASE = Case(32, Size("1k", 1024), Work("GET", 0))
OURS = "this gateway, limits in Redis"
FIGURES = {
    PLAIN: Figures(100_000, 300, 900, 9.9, 0),
    LUA: Figures(50_000, 600, 1200, 19.6, 0),
    OURS: Figures(55_000, 580, 1100, 18.2, 3),
}
RESULT = Result(CASE, FIGURES)
MACHINE = {"commit": "abc1234"}


def test_the_figures_are_medians_of_the_rounds_and_all_errors():
    rounds = [(Loaded(100, rate, 1, 2, errors), 0.001) for rate, errors in ((10, 1), (30, 0), (20, 4))]
    assert Figures.of(rounds) == Figures(20, 1, 2, pytest.approx(10), 5)


def test_a_load_that_nothing_answered_costs_no_division_by_zero():
    assert Figures.of([(Loaded(0, 0, 1, 2, 7), 0.5)]).cpu_us == 500_000


def test_ratios_are_of_the_same_case():
    assert RESULT.ratio(OURS, LUA) == pytest.approx(1.1)
    assert RESULT.ratio(OURS, PLAIN) == pytest.approx(0.55)
    assert RESULT.ratio(OURS, "not measured") is None


def test_the_table_has_every_contender():
    console = Console(width=200)
    with console.capture() as printed:
        console.print(table([RESULT]))
    row = next(line for line in printed.get().splitlines() if OURS in line)
    assert [cell for cell in ("55,000", "580", "1,100", "18.2", "1.10", "0.55", " 3 ") if cell not in row] == []


def test_the_page_keeps_what_people_wrote():
    page = f"# Benchmarks\n\nWords.\n\n{BEGIN}\nold figures\n{END}\nMore words.\n"
    part = made_part([RESULT], MACHINE, "python -m bench.compare")
    made = page_with(page, part)
    assert made.startswith("# Benchmarks\n\nWords.\n\n")
    assert made.endswith(f"{END}\nMore words.\n")
    assert "old figures" not in made
    assert "    $ python -m bench.compare" in made
    assert "| commit | abc1234 |" in made
    assert "| this gateway, limits in Redis | 55,000 | 580 | 1,100 | 18.2 | 1.10 | 0.55 | 3 |" in made
    assert page_with(made, part) == made


@pytest.mark.parametrize("page", ["# Benchmarks\n", f"{BEGIN}\nno end\n"])
def test_a_page_without_a_made_part_is_left_alone(page: str):
    with pytest.raises(ValueError, match="no made part"):
        page_with(page, "figures")


def test_programs_get_the_same():
    made = as_json([RESULT], MACHINE, "python -m bench.compare")
    case = made["results"][0]
    assert (case["connections"], case["answer_bytes"], case["method"], case["body_bytes"]) == (32, 1024, "GET", 0)
    assert case["figures"][OURS]["requests_s"] == 55_000
    assert case["figures"][OURS]["over_lua"] == pytest.approx(1.1)


@pytest.mark.parametrize("size_bytes", [12, 1024, 65536])
def test_the_backend_answers_with_exactly_so_many_bytes(size_bytes: int):
    said = answer_of(Size("some", size_bytes)).partition("'")[2].rpartition("'")[0]
    assert len(said.replace("${filling}", "x" * 1000)) == size_bytes
