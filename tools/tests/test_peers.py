"""Adapters of libraries that nobody here wrote: what works passes, faults fail, what is missing is unsupported."""

import pytest

from gradspec.check import run_check
from gradspec.suite import find_suite

pytest.importorskip("micrograd")
pytest.importorskip("mygrad")

# Scenarios whose outcome follows from how the library is built, with the observed values where they tell the fault.
EXPECTED = {
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
}


@pytest.fixture(scope="module", params=EXPECTED)
def outcomes(request):
    record = run_check(request.param, suite=find_suite())
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
