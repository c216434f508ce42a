"""The wire: what the worker writes is what the parent reads, and nothing else is read."""

import json
import warnings

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.adapters import describe_tensor, dtype_name
from gradspec.adapters.torch_like import torch_like
from gradspec.observe import clean_message, clean_text, encode, trace
from gradspec.scenario import Attempt, ScenarioError, scenario
from gradspec.trace import (
    Nothing,
    Observation,
    Other,
    Raised,
    Scalar,
    Sequence,
    Tensor,
    Text,
    Traced,
    Value,
    Warned,
    decode_reply,
    read,
    show,
    unlike,
)

REALS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SPECIAL = st.sampled_from(["nan", "inf", "-inf"])
TEXTS = st.text(st.characters(codec="utf-8"))
TENSORS = st.builds(
    Tensor,
    values=st.lists(REALS | SPECIAL | st.tuples(REALS, REALS)).map(tuple),
    shape=st.lists(st.integers(0, 9)).map(tuple),
    dtype=TEXTS | st.just(msgspec.UNSET),
    requires_grad=st.booleans() | st.just(msgspec.UNSET),
    is_leaf=st.booleans() | st.just(msgspec.UNSET),
    grad_fn=st.none() | TEXTS | st.just(msgspec.UNSET),
)
SIMPLE = st.one_of(
    st.just(Nothing()),
    st.builds(Scalar, REALS | SPECIAL),
    st.builds(Text, TEXTS),
    st.builds(Raised, TEXTS, TEXTS),
    st.builds(Other, TEXTS),
    TENSORS,
)
FORMS = st.sampled_from(["tuple", "list"])
VALUES = SIMPLE | st.builds(
    Sequence, FORMS, st.lists(SIMPLE | st.builds(Sequence, FORMS, st.tuples(SIMPLE))).map(tuple)
)
WARNINGS = st.lists(st.builds(Warned, TEXTS, TEXTS), max_size=2).map(tuple)
TRACES = st.lists(st.builds(Observation, TEXTS, VALUES, WARNINGS)).map(tuple)


@given(TRACES)
def test_traces_survive_their_json(observations):
    reply = Traced(7, observations)
    assert decode_reply(msgspec.json.encode(reply)) == reply
    assert all(show(each.value) and "\n" not in show(each.value) for each in observations if type(each.value) is Tensor)


PYTHON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner),
    max_leaves=5,
)


@given(PYTHON)
def test_whatever_python_observes_is_read_by_the_parent(value):
    encoded = json.dumps(encode(value, torch_like("nothing", object())), allow_nan=False)
    kinds = {type(None): Nothing, str: Text, list: Sequence, tuple: Sequence}
    assert isinstance(msgspec.json.decode(encoded, type=Value), kinds.get(type(value), Scalar))


MALFORMED = {
    "no JSON": b"hello",
    "cut short": b'{"reply": "traced", "number": 1',
    "not UTF-8": b'{"reply": "broken", "number": 1, "reason": "\xff"}',
    "no object": b"[]",
    "no such reply": b'{"reply": "passed", "number": 1}',
    "a field too many": b'{"reply": "traced", "number": 1, "observations": [], "outcome": "pass"}',
    "a field too few": b'{"reply": "traced", "number": 1}',
    "another type": b'{"reply": "traced", "number": "1", "observations": []}',
    "a text among numbers": b'{"reply": "traced", "number": 1, "observations": [{"label": "a", "value": '
    b'{"kind": "tensor", "values": ["1"], "shape": []}}]}',
    "nested": b'{"reply": "traced", "number": 1, "observations": [{"label": "a", "value": '
    + b'{"kind": "sequence", "form": "list", "items": [' * 9
    + b"]}" * 9
    + b"}]}",
    "nested deeply": b'{"reply": "traced", "number": 1, "observations": [{"label": "a", "value": '
    + b'{"kind": "sequence", "form": "list", "items": [' * 50_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_replies_are_refused(name):
    with pytest.raises(ValueError, match=r"."):
        decode_reply(MALFORMED[name])


MESSAGES = {
    "<Node object at 0x7f00aB>": "<Node object at 0x>",
    "bad (Triggered internally at /pytorch/aten/src/A.cpp:42.)": "bad",
    "bad (Triggered internally at ../aten/src/A.cpp:42.) return f(": "bad return f(",
    "bad\nException raised from f at /a/b.cpp:1 (most recent call first):\nframe #0": "bad",
    "two  \nlines\t\n": "two\nlines",
    'File "/home/someone/a.py", line 12, in f': 'File "...", line ..., in f',
    "version 0x1 and 10x1": "version 0x and 10x1",
    "expected version 0 instead": "expected version 0 instead",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_noise_is_taken_out_of_messages(message):
    assert clean_message(message) == MESSAGES[message]


def test_texts_lose_addresses_alone():
    assert (
        clean_text("at 0x7f, two  \n (Triggered internally at x)\n") == "at 0x, two  \n (Triggered internally at x)\n"
    )


class Plain:
    """A tensor of torch's attribute names, with as many of them as a test gives it."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


class ListOfNumbers(Plain):
    def tolist(self):
        return self.numbers


DESCRIPTIONS = [
    (ListOfNumbers(numbers=[[1.0, 2.0]], shape=(1, 2)), {"values": [1.0, 2.0], "shape": [1, 2]}),
    (ListOfNumbers(numbers=[[1], [2]]), {"values": [1, 2], "shape": [2, 1]}),
    (ListOfNumbers(numbers=[], shape=(0, 3)), {"values": [], "shape": [0, 3]}),
    (Plain(data=2.5), {"values": [2.5], "shape": []}),
    (Plain(data=ListOfNumbers(numbers=[True])), {"values": [True], "shape": [1]}),
    (Plain(data=1, requires_grad=1, is_leaf=0), {"values": [1], "shape": [], "requires_grad": True, "is_leaf": False}),
    (Plain(data=1, grad_fn=None, dtype="a.int64"), {"values": [1], "shape": [], "grad_fn": None, "dtype": "int64"}),
    (Plain(data=1, grad_fn=Plain()), {"values": [1], "shape": [], "grad_fn": "Plain"}),
]


@pytest.mark.parametrize(("tensor", "description"), DESCRIPTIONS)
def test_tensors_are_described_by_what_they_have(tensor, description):
    assert describe_tensor(tensor) == description


def test_dtypes_go_by_one_name():
    import numpy as np

    assert {dtype_name(each) for each in (np.float32, np.dtype("float32"), "torch.float32", "float32")} == {"float32"}


def observe(function, namespace=None):
    return trace(scenario(cites="here")(function), torch_like("nothing", namespace or object()))


def test_warnings_belong_to_the_observation_after_them():
    def steps(torch):
        yield "before", 1
        warnings.warn("careful", UserWarning, stacklevel=1)
        warnings.warn("careful", UserWarning, stacklevel=1)
        yield "after", 2
        yield "later", 3

    found = [each.get("warnings") for each in observe(steps)]
    assert found == [None, [{"category": "UserWarning", "message": "careful"}] * 2, None]


def test_an_uncaught_error_ends_the_trace():
    def steps(torch):
        yield "before", 1
        raise ValueError("no")

    error = {"kind": "error", "type": "ValueError", "message": "no"}
    assert observe(steps)[1:] == [{"label": "uncaught error", "value": error}]


def test_what_cannot_be_observed_is_named():
    assert encode(len, torch_like("nothing", object())) == {"kind": "other", "type": "builtin_function_or_method"}
    assert encode(Attempt(value=[len]), torch_like("nothing", object()))["items"][0]["kind"] == "other"


def test_a_tensor_that_cannot_be_read_is_an_error_not_a_crash():
    class Unreadable:
        grad = None

        def backward(self): ...

        def tolist(self):
            raise OSError("no numbers today")

    found = encode(Unreadable(), torch_like("nothing", object()))
    assert found == {"kind": "error", "type": "OSError", "message": "no numbers today"}


@pytest.mark.parametrize("step", ["label", ("label",), (1, 2), ("uncaught error", 1)])
def test_what_is_no_observation_is_the_scenario_s_fault(step):
    def steps(torch):
        yield step

    with pytest.raises(ScenarioError, match="yields pairs"):
        observe(steps)


def test_each_scenario_starts_afresh():
    calls = []

    class Namespace:
        def manual_seed(self, seed):
            calls.append(("seed", seed))

        def set_grad_enabled(self, mode):
            calls.append(("grad", mode))

        def set_num_threads(self, count):
            raise RuntimeError("it never had threads")

    def steps(torch):
        yield "calls", len(calls)

    assert observe(steps, Namespace())[0]["value"]["value"] == 2
    assert calls == [("seed", 0), ("grad", True)]


def test_scenarios_that_cannot_be_are_refused_when_they_are_written():
    with pytest.raises(ScenarioError, match="no capability 'tensors'"):
        scenario(cites="here", needs=("tensors",))
    with pytest.raises(ScenarioError, match="observes nothing"):
        scenario(cites="here")(lambda torch: None)


def test_observations_that_are_the_same_to_the_byte_are_not_read():
    same, other, third = (msgspec.Raw(text) for text in (b'{"label": 1}', b"[]", b'"x"'))
    assert unlike((same, same, other), (same, third)) == ((same, other), (third,))
    assert unlike((), (same,)) == ((), (same,))
    assert unlike((same, other), (same, other)) == ((), ())
    with pytest.raises(ValueError, match="Expected"):
        read((same,))
