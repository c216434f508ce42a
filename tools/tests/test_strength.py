"""The strength of the suite: what is run on a fault, who rejects it, and what is made of that."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gradspec.errors import HarnessError, UsageError
from gradspec.faults import Edit, Fault, bank, find
from gradspec.faults.loading import package_root
from gradspec.faults.serving import digest
from gradspec.report.fault_matrix import matrix
from gradspec.report.strength import document, line, passes, summary
from gradspec.results import Result
from gradspec.scenario import PROFILES
from gradspec.strength.analysis import Strength, in_order
from gradspec.strength.instructions import changed_lines
from gradspec.strength.measuring import (
    Plan,
    Rejection,
    Struck,
    choose,
    items_of,
    rejection,
    release,
    run_strength,
    workshop,
)
from gradspec.strength.touching import touched
from gradspec.suite import find_suite

FAULTS = ("gradient_overwritten", "detach_keeps_tracking", "tanh_of_input", "dirty_not_counted")


@pytest.fixture(scope="module")
def struck():
    plan = Plan(FAULTS, "lecture")
    return in_order(run_strength(plan), plan.faults)


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left():
    yield
    release()


def test_scenarios_reject_the_faults_that_they_are_about(struck):
    found = {each.fault: {rejection.id for rejection in each.rejections} for each in struck}
    assert "accumulation.second_backward_adds" in found["gradient_overwritten"]
    assert any(id.startswith("detach.") for id in found["detach_keeps_tracking"])
    assert found["tanh_of_input"]
    assert not found["dirty_not_counted"]  # no lecture changes anything in a Function of its own


def test_only_what_enters_the_change_is_run_and_that_is_enough(struck):
    """The same scenarios reject a fault in the same facets when all of them are run on it."""
    everything = in_order(run_strength(Plan(FAULTS, "lecture", everything=True)), FAULTS)
    total = len(items_of("lecture"))
    assert [each.asked for each in everything] == [total] * len(FAULTS)
    assert all(each.asked < total for each in struck)
    assert [each.rejections for each in struck] == [each.rejections for each in everything]


def test_an_implementation_that_dies_costs_a_few_scenarios(tmp_path):
    file = tmp_path / "dying.py"
    file.write_text("import os\n\ndef tensor(*args, **kwargs):\n    os._exit(3)\n")
    results = list(workshop("lecture").results(str(file), range(20)))
    assert [each.outcome for each in results] == ["crash"] * 3
    assert "exit code 3" in results[0].reason
    (healthy,) = run_strength(Plan(("gradient_overwritten",), "lecture"))
    assert healthy.rejections


def test_what_never_answers_costs_a_few_scenarios(tmp_path, monkeypatch):
    monkeypatch.setattr("gradspec.strength.workshop.SECONDS", 0.1)
    file = tmp_path / "hanging.py"
    file.write_text("def tensor(*args, **kwargs):\n    while True:\n        pass\n")
    results = list(workshop("lecture").results(str(file), range(20)))
    assert [each.outcome for each in results] == ["timeout"] * 3
    assert results[0].reason == "no answer within 0.1 s"


@pytest.mark.parametrize("name", ["gradient_overwritten", "last_path_wins"])
def test_a_fault_is_the_same_imported_or_in_what_is_loaded(name):
    """In either order: nothing is left of a package that was loaded when another is imported."""
    places = range(len(items_of("lecture")))
    found = [
        [*map(rejection, workshop("lecture").results(f"fault:{name}", places, exchanging))]
        for exchanging in (True, False, True)
    ]
    assert found[0]
    assert found[0] == found[1] == found[2]


def test_what_differs_in_json_has_another_digest():
    values = (1, 1.0, True, "1", None, -0.0, 0.0, [1, 2], [1, [2]])
    assert len({digest({"number": 7, "value": each}) for each in values}) == len(values)
    assert digest({"value": [1.5, "a"]}) == digest({"value": [3.0 / 2, "ab"[:1]]})


def test_what_does_not_load_is_no_verdict(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("1 / 0\n")
    with pytest.raises(HarnessError, match="ZeroDivisionError"):
        list(workshop("lecture").results(str(file), range(3)))
    assert all(isinstance(each, Result) for each in workshop("lecture").results("fault:gradient_overwritten", range(9)))


def change(tmp_path, before, after):
    (tmp_path / "x.py").write_text(before)
    keys = touched(Fault("x", "", "", (Edit("x.py", before, after),)), tmp_path)
    assert {Path(file).name for file, *_ in keys} <= {"x.py", "<refgrad operator f>"}
    return sorted(key[1:] for key in keys)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("def f(a):\n    return a\n", "def f(a):\n    return -a\n", [(1, "f", 2)]),
        ("def f(a):\n    return a\n", "\n\ndef f(a):\n    'more'\n    return a\n", []),
        ("def f(a):\n    return a\n", "\n\n# a comment\ndef f(a):\n    return a\n", []),
        ("def f(a):\n    return a\n", "def f(b):\n    return b\n", [(1, "<module>", 0), (1, "f", 0)]),
        ("x = 1\ndef f(a):\n    return a\n", "x = 2\ndef f(a):\n    return a\n", [(1, "<module>", 1)]),
        ("x = 1\n", "x = True\n", [(1, "<module>", 1)]),
        ("x = {1, 'b', 'c'}\n", "x = {'c', 'b', 1}\n", []),
        ("op('f', g, self=lambda g: 2 * g)\n", "op('f', g, self=lambda g: -g)\n", [(1, "<lambda>", 1)]),
        ("op('f', g, self=lambda g: g)\n", "op('f', g, self=lambda g: -g)\n", [(0, "", 0), (1, "<lambda>", 1)]),
        ("op('f', g, self=lambda g: g)\n", "op('f', g, self=lambda g, r: g * r)\n", [(0, "", 0), (1, "<lambda>", 0)]),
        ("op('f', g, self=one)\n", "op('f', g, self=another)\n", [(0, "", 0)]),
        (
            "op('f', g, self=lambda g: g)\n",
            "op('f', h, self=lambda g, r: g)\n",
            [(1, "<lambda>", 0), (1, "<module>", 0)],
        ),
    ],
)
def test_which_lines_a_change_is_in(tmp_path, before, after, expected):
    assert change(tmp_path, before, after) == expected


BRANCHES = """\
def f(a, b):
    for x in a:
        if x > b:
            b += x
            a = a[1:]
        else:
            b -= x
    try:
        a = b / a
    except ValueError:
        a = 0
    return a
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("b += x", "b += 2 * x", {4}),
        ("b -= x", "b *= x", {7}),
        ("            a = a[1:]\n", "", {5}),
        ("            a = a[1:]\n", "            a = a[1:]\n            b = a[0]\n", {5}),
        ("            b += x\n", "            b, a = a, b\n            b += x\n", {3, 4}),
        ("        else:\n            b -= x\n", "", {7}),
        ("if x > b", "if x >= b", {3}),
        ("if x > b", "if x > b and x", {3, 4}),
        ("a = 0", "a = 1", {11}),
        ("ValueError", "TypeError", {10}),
        ("    return a\n", "    if not a:\n        return b\n    return a\n", {12}),
        ("    return a\n", "    c = a\n    return c\n", {0}),
    ],
)
def test_a_change_is_watched_where_it_is_come_to(old, new, expected):
    before, after = (compile(text, "x", "exec").co_consts[0] for text in (BRANCHES, BRANCHES.replace(old, new)))
    found = changed_lines(before, after)
    assert found == expected


def test_every_fault_of_the_bank_changes_something():
    assert all(touched(each, package_root()) for each in bank().values())


def test_the_bank_says_where_a_fault_is_to_be_rejected():
    chapters = set(find_suite().names())
    for fault in bank().values():
        assert fault.chapters, fault.name
        assert set(fault.chapters) <= chapters, fault.name
        assert "full" in fault.profiles, fault.name
        assert set(fault.profiles) <= set(PROFILES), fault.name
        assert list(fault.profiles) == list(PROFILES)[-len(fault.profiles) :], fault.name


def made_up():
    """Four faults: one that hangs by a scenario, one that two chapters reject, one that only words tell, a survivor."""
    names = ("gradient_overwritten", "gradient_subtracted", "gradient_averaged", "gradient_replaced_by_sum")
    items = [each for each in items_of("full") if each.chapter in ("accumulation", "zeroing", "hooks")]
    first, second = (next(each.id for each in items if each.chapter == name) for name in ("accumulation", "hooks"))
    ends = (
        (Rejection(first, "fail", ("values",)),),
        (Rejection(first, "fail", ("values",)), Rejection(second, "error")),
        (Rejection(second, "fail", ("message",)),),
        (),
    )
    struck = [Struck(name, end, 9) for name, end in zip(names, ends, strict=True)]
    return Strength(items, struck), first, second


def test_what_is_made_of_it():
    strength, first, second = made_up()
    assert [each.fault.name for each in strength.survivors] == ["gradient_replaced_by_sum"]
    assert strength.sole == {first: {"gradient_overwritten"}, second: {"gradient_averaged"}}
    assert strength.cover == [first, second]
    assert strength.redundant == []
    assert len(strength.idle) == len(strength.items) - 2
    assert [each.own for each in strength.verdicts] == [True, True, False, False]
    assert [each.semantic for each in strength.verdicts] == [True, True, False, False]
    assert [each.missed for each in strength.verdicts][:3] == [(), (), ("lecture", "core")]
    chapters = {each.name: each for each in strength.chapters}
    assert chapters["accumulation"].faults == ("gradient_overwritten", "gradient_subtracted")
    assert chapters["accumulation"].alone == ("gradient_overwritten",)
    assert chapters["zeroing"].thin


def test_it_is_reported():
    strength, first, _ = made_up()
    plan = Plan(tuple(each.fault for each in strength.struck))
    assert not passes(strength, plan)
    text = document(strength, plan, Path("somewhere/strength.svg"))
    assert "(strength.svg)" in text
    assert f"| {first} | gradient_overwritten |" in text
    assert f"- `gradient_replaced_by_sum`: {find('gradient_replaced_by_sum').says}" in text
    assert "3 of 4 faults are rejected" in summary(strength, plan)
    assert "gradient_averaged is not rejected by its own chapter" in summary(strength, plan)
    assert "SURVIVES" in line(strength.struck[3])
    assert "cannot be made" in line(Struck("gradient_averaged", problem="no such line"))
    assert "strength.svg" not in document(strength, plan)


def test_the_matrix_is_a_picture():
    strength, _, _ = made_up()
    root = ET.fromstring(matrix(strength))
    words = {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"gradient_overwritten", "gradient_replaced_by_sum", "accumulation", "hooks"} <= words


def test_the_command(gradspec, tmp_path):
    code, printed, _ = gradspec(
        "strength", "--fault", "gradient_overwritten", "--profile", "lecture", "--write", str(tmp_path / "s.md")
    )
    assert code == 0
    assert "gradient_overwritten: rejected by" in printed
    assert "1 of 1 faults are rejected" in printed
    assert "Made by `gradspec strength" in (tmp_path / "s.md").read_text()
    code, _, complaint = gradspec("strength", "--fault", "nothing_*")
    assert code == 2
    assert complaint == "gradspec: No fault is called 'nothing_*'; `gradspec faults` lists them.\n"
    with pytest.raises(UsageError):
        choose("nothing")
