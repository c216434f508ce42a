"""`gradspec check --repeat N --shuffle SEED`: whether every verdict holds."""

import json

import msgspec
import pytest

from gradspec.check import run_check
from gradspec.repeat import Repeated, seeds
from gradspec.report.jsonl import read_record

# Right in its first run, wrong in its second, and so on: each run is a fresh process.
FLAKY = """
from pathlib import Path

runs = Path(__file__).with_name("runs")
runs.write_text(runs.read_text() + "." if runs.exists() else ".")
if len(runs.read_text()) % 2 == 0:
    Tensor.item = lambda self: 42.0
"""

# Wrong about a plain number once a gradient has been asked for.
REMEMBERS = """
class Tensor(honest.Tensor):
    spoilt = False

    def tolist(self):
        return 42.0 if Tensor.spoilt and self.data == 666.0 else self.data

    def backward(self, *upstream):
        Tensor.spoilt = not self.requires_grad
        super().backward(*upstream)

honest.Tensor = Tensor
"""

ONLY_BASICS = ("--chapter", "basics")


def test_an_honest_implementation_never_changes(honest, tiny, gradspec):
    code, printed, complaint = gradspec("check", honest, "--suite", tiny.root, "--repeat", 3, "--shuffle", 7)
    assert (code, complaint) == (0, "")
    lines = printed.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == [f"run {n} of 3, seed {n + 6}" for n in (1, 2, 3)]
    assert all("conforms: 5 pass" in line for line in lines[:3])
    assert lines[-1] == f"{honest}: not one of 5 verdicts changed in 3 runs"


def test_a_verdict_that_changes_is_named(fake, tiny, gradspec):
    code, printed, _ = gradspec("check", fake(FLAKY), "--suite", tiny.root, *ONLY_BASICS, "--repeat", 3, "--jobs", 1)
    assert code == 1
    assert "changed  basics.text" in printed
    assert "  pass in 2 of 3 runs: 1, 3\n  fail in 1 of 3 runs: 2\n" in printed
    assert "An item is a Python number." in printed
    assert "1 of 4 verdicts changed in 3 runs" in printed
    assert "changed  basics.product" not in printed


def test_what_depends_on_the_order_shows_in_another_order(fake, tiny, gradspec):
    run = ("check", fake(REMEMBERS), "--suite", tiny.root, *ONLY_BASICS, "--repeat", 8)
    code, printed, _ = gradspec(*run)
    assert (code, "not one of 4 verdicts changed in 8 runs" in printed) == (0, True)
    code, printed, _ = gradspec(*run, "--shuffle", 1)
    assert (code, "changed  basics.unlucky" in printed) == (1, True)


def test_a_steady_failure_is_no_change(fake, tiny, gradspec):
    path = fake("Tensor.item = lambda self: 42.0")
    code, printed, _ = gradspec("check", path, "--suite", tiny.root, "--repeat", 2, "--shuffle", "random")
    assert code == 1
    assert printed.count("An item is a Python number.") == 1
    assert "not one of 5 verdicts changed in 2 runs" in printed


def test_a_seed_makes_its_order_again(honest, tiny, tmp_path, gradspec):
    def order(seed, name):
        gradspec("check", honest, "--suite", tiny.root, "--shuffle", seed, "--json", tmp_path / name)
        header, *results, _ = map(json.loads, (tmp_path / name).read_text().splitlines())
        assert header["shuffle"] == seed
        return [each["id"] for each in results]

    first = order(3, "a")
    assert order(3, "b") == first
    assert {tuple(order(seed, "c")) for seed in range(4, 9)} != {tuple(first)}
    assert read_record(tmp_path / "a").header.shuffle == 3


def test_a_shuffled_record_is_in_the_order_of_the_suite(honest, tiny):
    ids = [[each.id for each in run_check(honest, suite=tiny, shuffle=seed).results] for seed in (None, 1, 2)]
    assert ids[0] == ids[1] == ids[2]


def test_a_failure_of_the_harness_outweighs_a_change(honest, tiny):
    record = run_check(honest, suite=tiny)
    first, *rest = record.results
    for outcome, code in {"pass": 0, "fail": 1, "crash": 1, "unsupported": 1, "infrastructure": 3}.items():
        other = msgspec.structs.replace(record, results=(msgspec.structs.replace(first, outcome=outcome), *rest))
        assert Repeated((record, other)).exit_code == code


def test_random_seeds_follow_one_another():
    first, second, third = seeds("random", 3)
    assert (second, third) == (first + 1, first + 2)
    assert seeds("", 2) == [None, None]
    assert len({seeds("random", 1)[0] for _ in range(20)}) > 1


WRONG_USAGE = {
    ("--shuffle", "-4"): "'-4' is no seed",
    ("--shuffle", "often"): "'often' is no seed",
    ("--shuffle", "9" * 20): "is no seed",
    ("--repeat", "2", "--json", "x"): "leave out `--repeat`",
}


@pytest.mark.parametrize("arguments", WRONG_USAGE)
def test_wrong_usage_gets_a_sentence(arguments, honest, tiny, gradspec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed, complaint = gradspec("check", honest, "--suite", tiny.root, *arguments)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert WRONG_USAGE[arguments] in complaint
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_no_run_at_all_is_wrong_usage(number, honest, gradspec):
    code, printed, complaint = gradspec("check", honest, "--repeat", number)
    assert (code, printed, "Traceback" in complaint) == (2, "", False)
