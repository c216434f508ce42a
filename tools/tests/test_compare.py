"""When two traces agree, and what is said where they do not."""

import math

import msgspec
import pytest

from gradspec.adapters import FACETS
from gradspec.compare import TOLERANCES, compare
from gradspec.trace import Nothing, Observation, Other, Raised, Scalar, Sequence, Tensor, Text, Warned

FLAGS = {"dtype": "float32", "requires_grad": False, "is_leaf": True, "grad_fn": None}


def trace(*values, warnings=()):
    return tuple(Observation(f"at {index}", value, warnings) for index, value in enumerate(values))


def tensor(*values, **fields):
    return Tensor(**{"values": values, "shape": (len(values),), **FLAGS, **fields})


def facets(expected, found, **kwargs):
    return [each.facet for each in compare(trace(expected), trace(found), **kwargs)]


# dtype: (expected, within the tolerance, beyond it)
EDGES = {
    "float32": [(1.0, 1.0000109, 1.0000112), (0.0, 0.99e-6, 1.01e-6), (-1e6, -1e6 - 10, -1e6 - 10.1)],
    "float64": [(1.0, 1 + 0.99e-9, 1 + 1.01e-9), (0.0, 0.99e-12, 1.01e-12)],
    "float16": [(1.0, 1.002, 1.0022)],
    "bfloat16": [(1.0, 1.0169, 1.0171)],
    "int64": [(1, 1, 2), (10**18, 10**18, 10**18 + 1)],
    "bool": [(True, True, False)],
    "complex64": [((1.0, 0.0), (1.00001, 0.0), (1.0, 1.1e-6))],
}


@pytest.mark.parametrize(("dtype", "edge"), [(dtype, edge) for dtype, edges in EDGES.items() for edge in edges])
def test_tolerances_end_where_they_are_said_to(dtype, edge):
    expected, within, beyond = edge
    assert facets(tensor(expected, dtype=dtype), tensor(within, dtype=dtype)) == []
    assert facets(tensor(expected, dtype=dtype), tensor(beyond, dtype=dtype)) == ["values"]


def test_the_expected_dtype_decides_the_tolerance():
    assert facets(tensor(1.0, dtype="float64"), tensor(1.00001, dtype="float32")) == ["values", "dtype"]


def test_a_step_in_float32_does_not_pass_for_float64():
    import numpy as np

    assert facets(tensor(0.1, dtype="float64"), tensor(float(np.float32(0.1)), dtype="float64")) == ["values"]


SPECIAL = [("nan", "nan"), ("inf", "inf"), ("-inf", "-inf"), (0.0, -0.0)]
DIFFERENT = [("nan", 0.0), (0.0, "nan"), ("inf", "-inf"), ("inf", 1e308), (1e308, "inf"), ("nan", "inf"), (1, 10**400)]


@pytest.mark.parametrize("pair", SPECIAL)
def test_special_numbers_agree_with_themselves(pair):
    assert facets(tensor(pair[0]), tensor(pair[1])) == []
    assert facets(Scalar(pair[0]), Scalar(pair[1])) == []


@pytest.mark.parametrize("pair", DIFFERENT)
def test_special_numbers_agree_with_nothing_else(pair):
    assert facets(tensor(pair[0]), tensor(pair[1])) == ["values"]


def test_no_tolerance_is_scaled_by_the_size_of_a_tensor():
    large = [1e6, *[0.0] * 999]
    assert facets(tensor(*large), tensor(*[1e6, *[1e-3] * 999])) == ["values"]


# what differs: (expected, found, facets)
DIFFERENCES = {
    "nothing": (tensor(1.0), tensor(1.0), []),
    "values": (tensor(1.0), tensor(2.0), ["values"]),
    "one of many": (tensor(*range(100)), tensor(*range(99), 0), ["values"]),
    "shape": (tensor(1.0, 2.0), tensor(1.0, 2.0, shape=(2, 1)), ["shape"]),
    "size": (tensor(1.0), tensor(1.0, 1.0), ["shape", "values"]),
    "too few values": (tensor(1.0, 1.0), tensor(1.0, shape=(2,)), ["values"]),
    "dtype": (tensor(1.0), tensor(1.0, dtype="float64"), ["dtype"]),
    "flags": (tensor(1.0), tensor(1.0, requires_grad=True, is_leaf=False), ["requires_grad", "is_leaf"]),
    "grad_fn": (tensor(1.0, grad_fn="MulBackward0"), tensor(1.0), ["grad_fn"]),
    "a missing flag": (tensor(1.0), tensor(1.0, is_leaf=msgspec.UNSET), ["is_leaf"]),
    "a missing grad_fn": (tensor(1.0), tensor(1.0, grad_fn=msgspec.UNSET), ["grad_fn"]),
    "bool is no int": (Scalar(True), Scalar(1), ["number"]),
    "int is no float": (Scalar(1), Scalar(1.0), ["number"]),
    "float is no nan": (Scalar(1.0), Scalar("nan"), ["number"]),
    "number": (Scalar(1.0), Scalar(1.1), ["number"]),
    "exact int": (Scalar(10**9), Scalar(10**9 + 1), ["number"]),
    "text": (Text("a"), Text("b"), ["text"]),
    "None": (Nothing(), Nothing(), []),
    "None is no tensor": (Nothing(), tensor(1.0), ["kind"]),
    "a number is no tensor": (tensor(1.0), Scalar(1.0), ["kind"]),
    "no error": (Raised("E", "m"), Nothing(), ["raised"]),
    "an error": (Nothing(), Raised("E", "m"), ["raised"]),
    "another error": (Raised("E", "m"), Raised("F", "m"), ["error_type"]),
    "other words": (Raised("E", "m"), Raised("E", "n"), ["message"]),
    "list is no tuple": (Sequence("list", ()), Sequence("tuple", ()), ["kind"]),
    "fewer items": (Sequence("list", (Nothing(),)), Sequence("list", ()), ["observations"]),
    "an item": (Sequence("list", (Nothing(), Scalar(1))), Sequence("list", (Nothing(), Scalar(2))), ["number"]),
    "unobservable": (Nothing(), Other("function"), ["kind"]),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_facet_is_compared(name):
    expected, found, differing = DIFFERENCES[name]
    assert facets(expected, found) == differing
    assert facets(expected, found, facets=frozenset(FACETS) - set(differing)) == [], "a facet that is not claimed"


def test_warnings_are_compared():
    warned, otherwise = (Warned("UserWarning", "a"),), (Warned("UserWarning", "b"),)
    for ours, theirs in ((warned, ()), ((), warned), (warned, otherwise), (warned, warned * 2)):
        differences = compare(trace(Nothing(), warnings=ours), trace(Nothing(), warnings=theirs))
        assert [each.facet for each in differences] == ["warning"]
    assert compare(trace(Nothing(), warnings=warned), trace(Nothing(), warnings=warned)) == []


def test_missing_and_additional_observations_differ():
    two, one = trace(Nothing(), Nothing()), trace(Nothing())
    assert [each.facet for each in compare(two, one)] == ["observations"]
    assert [each.facet for each in compare(one, two)] == ["observations"]
    assert [each.facet for each in compare(one, (Observation("elsewhere", Nothing()),))] == ["observations"]


def test_of_long_texts_the_first_differing_line_is_shown():
    (difference,) = compare(trace(Text("a\nb\nc\nd\n")), trace(Text("a\nb\nX\nd\n")))
    assert (difference.expected, difference.found) == ("line 3: 'c'", "line 3: 'X'")
    (difference,) = compare(trace(Text("a\nb\nc")), trace(Text("a\nb")))
    assert (difference.expected, difference.found) == ("line 3: 'c'", "line 3: the end")


def test_every_tolerance_is_far_smaller_than_one():
    assert all(0 < absolute < relative < 0.02 and math.isfinite(relative) for relative, absolute in TOLERANCES.values())
