"""Adapters of libraries that nobody here wrote: what works passes, faults fail, what is missing is unsupported."""

import ast
from pathlib import Path

import pytest

from gradspec.adapters import KNOWN, __path__
from gradspec.check import run_check
from gradspec.selection import Selection
from gradspec.suite import find_suite

# Of the libraries that take minutes for the whole suite, chapters.
CHAPTERS = {
    "jax": ("leaves", "accumulation", "choices"),
    "tinygrad": ("leaves", "accumulation", "broadcasting", "choices", "elementwise", "inplace"),
}

# Scenarios whose outcome follows from how the library is built, with the observed values where they tell the fault.
EXPECTED = {
    "autograd": {
        "leaves.grad_has_the_shape_of_its_leaf": "pass",
        "broadcasting.second_derivatives_are_reduced_too": "pass",
        "higher_order.hessian_vector_product": "pass",
        "scale.a_ladder_has_more_paths_than_can_be_walked": "pass",
        # The gradient of `where` keeps the shape to which an operand was broadcast.
        "broadcasting.where_broadcasts_all_three": ("the row, chosen in the first row", "shape", "(3,)", "(2, 3)"),
        # `clip` sends nothing back to what lies on a bound, but something to nan.
        "choices.clamp_passes_what_it_leaves": (
            "the gradient",
            "values",
            "[0.0, 2.0, 3.0, 4.0, 0.0]",
            "[0.0, 0.0, 3.0, 0.0, 0.0]",
        ),
        "choices.clamp_keeps_nan": ("the gradient", "values", "[0.0, 0.0]", "[1.0, 0.0]"),
        # `dstack` is not recorded: its gradient is zero, and there is a warning.
        "operators.dstack": ("program 1, statement 6 [0]", "values", "[-1.0]", "[0.0]"),
        # No gradient is kept, so none is added to; none is of a tensor that is changed.
        "accumulation.second_backward_adds": "unsupported",
        "zeroing.zeroing_works_in_place": "unsupported",
    },
    "jax": {
        "leaves.grad_has_the_shape_of_its_leaf": "pass",
        "choices.where_sends_the_gradient_to_the_chosen": "pass",
        "accumulation.second_backward_adds": "unsupported",
        # `clip` is a maximum and a minimum, and each shares the gradient with the bound.
        "choices.clamp_passes_what_it_leaves": (
            "the gradient",
            "values",
            "[0.0, 2.0, 3.0, 4.0, 0.0]",
            "[0.0, 1.0, 3.0, 2.0, 0.0]",
        ),
    },
    "micrograd": {
        "accumulation.second_backward_adds": "pass",
        "leaves.gradient_lands_on_the_leaf": "pass",
        # Every node keeps what it received, and passes all of it on again.
        "graph_lifetime.kept_graph_gives_the_same_gradient_again": ("second pass", "values", "24.0", "36.0"),
        # `grad` is 0 from the start.
        "leaves.grad_is_none_before_backward": ("before the backward pass", "kind", "None", "tensor(0, shape=())"),
        "leaves.grad_has_the_shape_of_its_leaf": "unsupported",
        "zeroing.none_starts_over": "unsupported",
    },
    "mygrad": {
        "leaves.grad_has_the_shape_of_its_leaf": "pass",
        # A new backward pass forgets what the one before it found.
        "accumulation.second_backward_adds": ("after the second backward", "values", "4.0", "2.0"),
        "graph_lifetime.kept_graph_gives_the_same_gradient_again": "unsupported",
        "zeroing.none_starts_over": "pass",
    },
    "tinygrad": {
        "leaves.grad_has_the_shape_of_its_leaf": "pass",
        "accumulation.second_backward_adds": "pass",
        "broadcasting.where_broadcasts_all_three": "pass",
        # The gradient that was handed in becomes `grad`, and then others are added to it in place.
        "accumulation.the_gradient_argument_is_not_accumulated_into": (
            "the argument",
            "values",
            "[3.0, -4.0]",
            "[6.0, -8.0]",
        ),
        # A choice among elements that are nan sends the gradient to the others.
        "choices.the_maximum_of_nan": ("max", "values", "[0.0, 0.5, 0.0, 0.5]", "[0.0, 0.0, 1.0, 0.0]"),
        # Where a value that is needed was changed, nothing is said, and no gradient comes.
        "inplace.changed_saved_value_is_an_error": "fail",
    },
}


@pytest.mark.parametrize("module", sorted({*KNOWN.values()}))
def test_an_adapter_is_read_in_a_minute(module):
    text = (Path(__path__[0]) / f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
    blocks = [
        each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Module | ast.ClassDef | ast.FunctionDef)
    ]
    told = [each.body[0] for each in blocks if ast.get_docstring(each) is not None]
    silent = {line for each in told for line in range(each.lineno, each.end_lineno + 1)}
    lines = [line.strip() for number, line in enumerate(text.splitlines(), 1) if number not in silent]
    assert len([line for line in lines if line and not line.startswith("#")]) <= 60


@pytest.fixture(scope="module", params=EXPECTED)
def outcomes(request):
    pytest.importorskip(request.param)
    selection = Selection(chapters=CHAPTERS.get(request.param, ()))
    record = run_check(request.param, suite=find_suite(), selection=selection)
    return request.param, {result.id: result for result in record.results}


def test_outcomes_follow_from_the_library(outcomes):
    name, results = outcomes
    for scenario, expected in EXPECTED[name].items():
        result = results[scenario]
        if isinstance(expected, str):
            assert result.outcome == expected, result
        else:
            found = [(each.label, each.facet, each.expected, each.found) for each in result.differences]
            assert (result.outcome, found[0]) == ("fail", expected)


def test_no_adapter_breaks(outcomes):
    _, results = outcomes
    broken = ("AttributeError", "ImportError", "NameError", "Unsupported")
    errors = {each.id: each.reason for each in results.values() if each.outcome == "error"}
    assert [each for each, reason in errors.items() if reason.startswith(broken)] == []
    assert not {each.outcome for each in results.values()} & {"crash", "timeout", "infrastructure"}
