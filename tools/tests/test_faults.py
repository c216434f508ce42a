"""The fault bank: every fault can be made, says what is wrong, and is wrong; how soon it is found can be measured."""

import ast
import os
import subprocess
import sys
from collections import Counter
from functools import reduce
from pathlib import Path

import pytest

from gradspec.compare import Difference
from gradspec.errors import UsageError
from gradspec.faults import BANK, PREFIX, Edit, NoSuchFaultError, bank, find, variants
from gradspec.faults.loading import edited
from gradspec.fuzz.batch import release
from gradspec.fuzz.measuring import Measured, Plan, Suspect, choose, measure_one, pair_of_honest, run_measurement
from gradspec.fuzz.pair import Finding
from gradspec.fuzz.shrinking import shrink
from gradspec.programs.program import Call, Leaf, Name, Program, count
from gradspec.report.faults import listing, summary, table
from gradspec.runner import WorkerRunner

PACKAGE = Path(__file__).resolve().parents[2] / "impl" / "refgrad"
TWICE = Program(
    (
        Leaf("a", (1.0, 2.0), (2,), requires_grad=True),
        Call("sum", (Name("a"),), to=("b",)),
        Call("backward", (Name("b"),), {"retain_graph": True}, "method"),
        Call("backward", (Name("b"),), {}, "method"),
        Call("backward", (Name("b"),), {}, "method"),
    )
)


@pytest.fixture(autouse=True)
def no_worker_is_left():
    yield
    release()


@pytest.mark.parametrize("name", sorted(bank()))
def test_every_fault_can_be_made(name):
    """What it changes stands there once, what comes of that is Python, and is not what was there."""
    fault = find(name)
    assert fault.edits
    for file in {each.file for each in fault.edits}:
        before = text = (PACKAGE / file).read_text("utf-8")
        for edit in fault.edits:
            if edit.file == file:
                text = edited(text, edit)
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(before))


def test_no_two_make_the_same_change():
    """A variant may be what the fault is that it is of, which is left out when it is diagnosed; no other may."""
    made = {}
    for fault in (*bank().values(), *variants().values()):
        files = {file: (PACKAGE / file).read_text("utf-8") for file in fault.by_file}
        change = frozenset((file, reduce(edited, fault.by_file[file], text)) for file, text in files.items())
        same = made.setdefault(change, fault)
        assert same.name in (fault.name, fault.of), f"{fault.name} makes the same change as {same.name}"


def test_faults_say_what_is_wrong():
    for fault in bank().values():
        assert fault.name.isidentifier(), fault.name
        assert fault.says.endswith("."), fault.name
    assert Counter(each.says for each in bank().values()).most_common(1)[0][1] == 1
    assert len({each.misconception for each in bank().values()}) == len(list(BANK.glob("*.toml")))


def test_names_of_faults_are_used_once():
    names = [
        line
        for path in BANK.glob("*.toml")
        for line in path.read_text().splitlines()
        if line[:1] == "[" and line[-1:] == "]"
    ]
    assert len(names) == len(set(names)) == len(bank())


def in_turn(number):
    """Some of the faults, so that a few runs have had them all: `GRADSPEC_TURN` says which."""
    names = sorted(bank())
    turn = int(os.environ.get("GRADSPEC_TURN", "0"))
    return names[turn % len(names) :: len(names) // number][:number]


@pytest.mark.parametrize("name", in_turn(12))
def test_faulty_packages_load(name):
    runner = WorkerRunner(PREFIX + name)
    try:
        assert runner.load().name == PREFIX + name
    finally:
        runner.close()


def test_what_does_not_stand_there_once_cannot_be_changed():
    for old in ("nothing", "a"):
        with pytest.raises(ValueError, match="not one"):
            edited("a = a", Edit("x.py", old, "b"))


def test_the_package_itself_stays_as_it_is():
    code = (
        "from gradspec.adapters.loading import load\n"
        "torch = load('fault:gradient_overwritten').torch\n"
        "x = torch.tensor(1.0, requires_grad=True)\n"
        "x.backward(); x.backward(); print(x.grad.item())\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1.0\n"
    honest = code.replace("fault:gradient_overwritten", "refgrad")
    assert subprocess.run([sys.executable, "-c", honest], capture_output=True, text=True, check=True).stdout == "2.0\n"


def test_a_bad_name_is_said_in_a_sentence(gradspec):
    with pytest.raises(NoSuchFaultError, match="no fault 'nothing'"):
        find("nothing")
    code, _, complaint = gradspec("check", "fault:nothing")
    assert code == 2
    assert complaint == "gradspec: There is no fault 'nothing'; `gradspec faults` lists them.\n"
    with pytest.raises(UsageError, match="No fault is selected"):
        choose("nothing_like_that")


def test_the_bank_is_listed_by_misconception(gradspec):
    code, printed, _ = gradspec("faults")
    assert code == 0
    for fault in bank().values():
        assert fault.misconception in printed
        assert fault.says in printed
    code, printed, _ = gradspec("faults", "-k", "gradient_overwritten and not recorded and not retained")
    assert printed == listing([find("gradient_overwritten")]) + "\n"
    code, _, complaint = gradspec("faults", "--write", "somewhere.md")
    assert code == 2
    assert "--measure" in complaint


def test_the_fuzzer_finds_faults_and_says_how_soon():
    pytest.importorskip("torch")
    plan = Plan(("gradient_overwritten", "hooks_run_twice"), programs=500, seed=0)
    measured = list(run_measurement(plan))
    assert [each.fault for each in measured] == list(plan.faults)
    assert all(1 <= each.programs <= 500 for each in measured)
    assert all(count(each.finding.program.statements) <= 6 for each in measured)
    document = table(measured, plan)
    assert all(f"| {name} | " in document for name in plan.faults)
    assert "2 of 2 faults are found within 500 programs" in document
    assert measure_one("hooks_run_twice", 500, 0) == measure_one("hooks_run_twice", 500, 0)


class Anything:
    """Runs programs in which, whatever they are, the same difference shows."""

    def __init__(self):
        self.tried = 0

    def run(self, programs):
        self.tried += len(programs)
        return [Finding(each, Difference("1", "values", "1", "2"), (), ()) for each in programs]


def test_shrinking_comes_to_an_end():
    """A program that cannot be made simpler is not taken for one that is simpler than itself."""
    anything = Anything()
    (finding,) = anything.run([TWICE])
    assert count(shrink(finding, anything).program.statements) == 0
    assert anything.tried < 100


def test_what_is_not_found_is_said():
    plan = Plan(("gradient_overwritten",), programs=7)
    measured = [Measured("gradient_overwritten")]
    assert "0 of 1" in summary(measured, plan)
    assert "not within 7" in table(measured, plan)
    assert f"- `gradient_overwritten`: {find('gradient_overwritten').says}" in table(measured, plan)


def test_differences_of_refgrad_itself_do_not_count():
    """A program in which refgrad as it is does not do what PyTorch does either, and one in which it does."""
    pytest.importorskip("torch")
    lacking = Call("no_operator_of_that_name", (Name("a"),), to=("z",))
    with Suspect("gradient_overwritten", *pair_of_honest()) as suspect:
        shown, neither, both = suspect.run([TWICE, Program((lacking,)), Program((*TWICE.statements, lacking))])
    assert shown.difference.facet == both.difference.facet == "values"
    assert neither is None
    assert shown.difference.label.endswith("a.grad")
