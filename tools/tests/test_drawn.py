"""What is drawn for an item stands in its golden, so that it is drawn once: it is what would be drawn today."""

import pytest

from gradspec.check import run_check
from gradspec.golden import golden_path, line, read_golden
from gradspec.recording import drawn
from gradspec.selection import Selection
from gradspec.suite import find_suite

SUITE = find_suite()
DRAWN = {chapter: {item.name: item for item in SUITE.items(chapter)} for chapter in ("operators", "near_misses")}


@pytest.mark.parametrize("chapter", DRAWN)
def test_the_goldens_hold_the_programs_that_are_drawn(chapter):
    golden = read_golden(golden_path(SUITE, chapter))
    assert golden.scenarios.keys() == DRAWN[chapter].keys()
    for name, item in DRAWN[chapter].items():
        recorded, now = golden.scenarios[name], drawn(item)
        assert recorded.programs, name
        for key in ("programs", "witnesses"):
            assert [*map(line, getattr(recorded, key))] == [*map(line, now[key])], (name, key)


def test_what_has_a_file_of_its_own_is_not_written_down_twice():
    golden = read_golden(golden_path(SUITE, "regressions"))
    assert golden.scenarios
    assert not any(each.programs or each.witnesses for each in golden.scenarios.values())


def test_nothing_is_drawn_where_it_was_written_down(monkeypatch):
    def draw(*_):
        raise AssertionError("drawn again")

    monkeypatch.setattr("gradspec.programs.operators.samples_of", draw)
    monkeypatch.setattr("gradspec.programs.near_misses.near_misses", draw)
    record = run_check("refgrad", suite=SUITE, selection=Selection(keyword="operators.abs or near_misses.abs"))
    assert {each.outcome for each in record.results} == {"pass"}
