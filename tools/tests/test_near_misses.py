"""The chapter of near misses: one change to a right call, of many kinds, and noticed where it matters."""

import dataclasses
import itertools

import pytest

from gradspec.check import run_check
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.near_misses import forms, near_misses, right
from gradspec.programs.program import Assign, Call, Leaf, decode, encode
from gradspec.selection import Selection
from gradspec.suite import find_suite

ASKED = [each for each in CATALOGUE.values() if forms(each)]


def parts(program):
    """The leaves by name, and the first call that is not about one."""
    leaves = {each.to: each for each in program.statements if isinstance(each, Leaf)}
    called = [each for each in program.statements if isinstance(each, Call) and each.name != "requires_grad_"]
    return leaves, called[0]


def assigned(program):
    return {each.of for each in program.statements if isinstance(each, Assign)}


@pytest.mark.parametrize("name", ["add", "sum", "nn.functional.conv2d", "gather", "einsum", "fft.fft"])
def test_a_near_miss_differs_from_a_right_call_in_one_thing(name):
    operator = CATALOGUE[name]
    rights = [parts(right(operator, form, "")) for form in forms(operator)]
    for program in near_misses(operator):
        leaves, call = parts(program)
        changed = [
            (right_call != call)
            + sum(leaves[to] != each or to in assigned(program) for to, each in right_leaves.items())
            for right_leaves, right_call in rights
        ]
        assert min(changed) == 1, program


def test_of_every_operator_there_are_many_and_each_is_a_program():
    for operator in ASKED:
        some = list(itertools.islice(near_misses(operator), 20))
        assert len(some) > 10, operator.key
        assert len(set(map(encode, some))) == len(some), operator.key
        assert all(decode(encode(each)) == each for each in some)


def test_they_are_the_same_every_time_and_others_with_another_seed():
    sine = CATALOGUE["sin"]
    assert list(near_misses(sine)) == list(near_misses(sine))
    assert list(near_misses(sine)) != list(near_misses(sine, "1"))


def test_the_first_few_change_arguments_and_tensors():
    few = list(itertools.islice(near_misses(CATALOGUE["sum"]), 6))
    calls = {encode_call(each) for each in few}
    leaves = {tuple(each for each in one.statements if isinstance(each, Leaf)) for one in few}
    assert len(calls) > 1
    assert len(leaves) > 1


def encode_call(program):
    return next(repr(each) for each in program.statements if isinstance(each, Call))


CARELESS = """
import refgrad
from types import SimpleNamespace

def cumsum(input, dim, **kwargs):
    \"\"\"Takes a dimension that there is not for the last.\"\"\"
    return refgrad.cumsum(input, dim if not isinstance(dim, int) or -input.ndim <= dim < input.ndim else -1, **kwargs)

torch = SimpleNamespace(**{**{name: getattr(refgrad, name) for name in dir(refgrad)}, "cumsum": cumsum})
"""


def test_what_takes_a_dimension_that_there_is_not_is_found(tmp_path):
    pytest.importorskip("torch")
    careless = tmp_path / "careless.py"
    careless.write_text(CARELESS)
    suite = dataclasses.replace(find_suite(), examples=60)
    selection = Selection(chapters=("near_misses",), keyword="cumsum")
    record = run_check(f"{careless}:torch", suite=suite, selection=selection, oracle="live")
    outcomes = {each.id: each.outcome for each in record.results}
    assert outcomes == {"near_misses.cumsum": "fail", "near_misses.logcumsumexp": "pass"}
