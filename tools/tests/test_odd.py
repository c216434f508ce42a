"""Right, but odd: implementations of other construction than PyTorch's conform as far as they go.

Each stands in `odd/`, and says by its capabilities how far that is. An outcome other than pass or unsupported would say
that the suite takes a way of building for a promise.
"""

from collections import Counter
from pathlib import Path

import pytest

from gradspec.check import run_check
from gradspec.scenario import PROFILES
from gradspec.selection import Selection
from gradspec.suite import find_suite

ODD = Path(__file__).parent / "odd"
SHARED = {"calculus", "modes", "surface"}  # what several of them are made with
LECTURE = PROFILES["lecture"]

# How many scenarios each passes, at least, of the lecture profile and of further chapters: fewer, and the test is void.
CONSTRUCTIONS = {
    "array_subclass": (58, "broadcasting"),
    "closures": (155, "broadcasting"),
    "compiled": (155, "broadcasting"),
    "double": (155, "broadcasting"),
    "float_subclass": (47, "graph_lifetime scale"),
    "forward": (155, "broadcasting"),
    "functional_core": (155, "broadcasting"),
    "generators": (155, "broadcasting"),
    "kahn": (166, "broadcasting scale"),
    "lazy": (155, "broadcasting"),
    "linear_system": (155, "broadcasting"),
    "lists": (122, "broadcasting"),
    "messages": (155, "broadcasting"),
    "metaclass": (150, "broadcasting"),
    "numbered": (155, "broadcasting scale"),
    "other_names": (31, "graph_lifetime scale"),
    "pulled": (155, "broadcasting"),
    "recursive": (155, "broadcasting"),
    "single_class": (73, "broadcasting graph_lifetime"),
    "symbolic": (168, "broadcasting graph_lifetime higher_order"),
    "tape": (155, "broadcasting"),
    "threads": (155, "broadcasting"),
}

# Two constructions, each with one thing wrong: being odd is no excuse.
WRONG = {
    "kahn": (
        "_receive = lambda self, found: setattr(self, 'grad', type(self)(found))",
        "accumulation.second_backward_adds",
    ),
    "tape": ("detach = lambda self: self", "detach.no_gradient_flows_through"),
}


def check(implementation, chapters):
    record = run_check(str(implementation), suite=find_suite(), selection=Selection(chapters=chapters))
    return {each.id: each for each in record.results}


def test_every_construction_is_tested():
    assert {path.stem for path in ODD.glob("*.py")} - SHARED == set(CONSTRUCTIONS)


@pytest.mark.parametrize("name", CONSTRUCTIONS)
def test_what_is_right_conforms(name):
    least, more = CONSTRUCTIONS[name]
    results = check(f"{ODD / name}.py:adapter", (*LECTURE, *more.split()))
    wrong = {
        each.id: each.reason or each.differences
        for each in results.values()
        if each.outcome not in ("pass", "unsupported")
    }
    assert wrong == {}
    assert Counter(each.outcome for each in results.values())["pass"] >= least


@pytest.mark.parametrize("name", WRONG)
def test_what_is_odd_and_wrong_does_not(name, tmp_path):
    fault, scenario = WRONG[name]
    path = tmp_path / f"wrong_{name}.py"
    path.write_text(
        f"import sys\nsys.path.insert(0, {str(ODD)!r})\nfrom {name} import Tensor, adapter\nTensor.{fault}\n"
    )
    results = check(f"{path}:adapter", (scenario.partition(".")[0],))
    assert results[scenario].outcome == "fail"
