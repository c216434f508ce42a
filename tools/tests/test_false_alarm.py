"""The report on false alarms: what it counts, what it forgives, and that it says what is missing."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "bench" / "false_alarm.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("false_alarm", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["false_alarm"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["false_alarm"]


@pytest.fixture
def measured(bench):
    def make(name="torch, one thread", runs=5, **failing):
        versions = {"python": "3.11.7", "numpy": "2.4.6"}
        return bench.Measured(name, runs, 1, 100, versions, {"pass": 100 * runs}, failing)

    return make


def test_an_outcome_of_every_run_has_not_changed(measured):
    assert measured(a={"fail": 5}).changed == []
    assert measured(a={"fail": 4}).changed == ["a"]
    assert measured(a={"fail": 4, "error": 1}).changed == ["a"]


def test_portions_add_up(measured):
    both = measured(a={"fail": 5}) + measured(runs=2, b={"error": 1})
    assert (both.runs, both.outcomes, both.alarms) == (7, {"pass": 700}, ["a", "b"])
    assert both.changed == ["a", "b"]
    assert both.failing == {"a": {"fail": 5}, "b": {"error": 1}}


def test_only_float64_is_forgiven(bench, measured):
    reason = {"elementwise.saturation_and_overflow": {"fail": 5}}
    assert measured(bench.FLOAT64, **reason).alarms == []
    assert measured(**reason).alarms == list(reason)


def test_the_report_names_failures_and_what_is_missing(bench, measured):
    text = bench.report([measured(a={"fail": 5})], list(bench.rows([], 100, 5)))
    assert "0 verdicts changed from run to run, 1 items failed that may not" in text
    assert "- `a`: 5 of 5 runs" in text
    assert "Still to be measured: torch, one thread (5 of 100 runs); torch, 2 threads (0 of 5 runs)" in text
    assert "Still to be measured" not in bench.report([measured()], [bench.Row("torch, one thread", "torch", 5)])


def test_every_reason_is_of_an_item(bench):
    suite = bench.find_suite()
    known = {item.id for chapter in suite.names() for item in suite.items(chapter)}
    assert set(bench.FLOAT32_ALONE) <= known


def test_a_run_is_counted(bench, honest, tiny, monkeypatch):
    monkeypatch.setattr(bench, "find_suite", lambda: tiny)
    found = bench.run(bench.Row("honest", honest, 2), 7)
    assert (found.runs, found.seed, found.items, found.outcomes, found.alarms) == (2, 7, 5, {"pass": 10}, [])
