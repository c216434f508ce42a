"""The operator catalogue, held against PyTorch: calls that succeed, results that are what was foretold, errors that come."""

import random
import re

import msgspec
import pytest

from gradspec.adapters.loading import load
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.choices import Choices
from gradspec.programs.draft import Draft
from gradspec.programs.interpreter import Interpreter
from gradspec.programs.program import Program, encode
from gradspec.programs.script import script

torch = pytest.importorskip("torch")
DRAWN = 40  # samples of an operator
interpreter = Interpreter(load("torch"))


def run(draft):
    program = Program(tuple(draft.statements))
    return program, interpreter.run(msgspec.json.decode(encode(program)))


def samples(operator, seed, smooth=False):
    """Programs that call `operator` once, in the form that comes next, with what their last result should be."""
    for n in range(DRAWN):
        draft = Draft(Choices(random.Random(f"{seed} {n}").randbytes(600)), smooth=smooth, requires_grad=False)
        dtype = operator.dtypes[n // len(operator.forms) % len(operator.dtypes)]
        x = draft.first(operator, dtype)
        yield draft, operator.call(draft, x), operator.forms[n % len(operator.forms)]


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("operator", CATALOGUE.values(), ids=CATALOGUE)
def test_what_is_drawn_succeeds_and_is_as_foretold(operator, smooth):
    for draft, sample, form in samples(operator, operator.name, smooth):
        results = sample.result if isinstance(sample.result, tuple) else (sample.result,)
        if form == "in_place" or form in ("+=", "-=", "*=", "/=", "**="):
            first = sample.args[0].meta
            if results[0] is None or results[0].shape != first.shape or results[0].dtype != first.dtype:
                continue  # cannot be written where the first tensor stands
        draft.call(operator, sample, form)
        program, observations = run(draft)
        found = next(o["value"] for o in reversed(observations) if not o["label"].startswith("at the end"))
        assert found["kind"] != "error", f"{found['message']}\n{script(program)}"
        values = found["items"] if found["kind"] == "sequence" else [found]
        assert len(values) == len(results), script(program)
        for value, meta in zip(values, results, strict=True):
            if meta is not None:
                assert_as_foretold(value, meta, script(program))


def assert_as_foretold(value, meta, text):
    assert value["kind"] == "tensor", text
    assert tuple(value["shape"]) == meta.shape, text
    assert value["dtype"] == meta.dtype, text
    if meta.dtype.startswith("complex"):
        return
    for number in value["values"]:
        assert isinstance(number, int | float), f"{number} is not finite\n{text}"
        slack = 0 if meta.exact else 1e-3 * max(1, meta.bound)
        assert meta.low - slack <= number <= meta.high + slack, f"{number} is not in {meta}\n{text}"
        if meta.exact and meta.grain is not None:
            assert float(number * 2**meta.grain).is_integer(), f"{number} has more bits than {meta}\n{text}"


@pytest.mark.parametrize("operator", CATALOGUE.values(), ids=CATALOGUE)
def test_error_inputs_raise(operator):
    for error in operator.errors:
        draft = Draft(Choices(random.Random(f"{operator.name} {error.says}").randbytes(600)))
        draft.call(operator, error.call(draft), operator.forms[0])
        program, observations = run(draft)
        last = [o for o in observations if not o["label"].startswith("at the end")][-1]
        assert last["value"]["kind"] == "error", f"{error.says}\n{script(program)}"


@pytest.mark.parametrize("operator", CATALOGUE.values(), ids=CATALOGUE)
def test_every_form_exists(operator):
    assert operator.forms
    for form in operator.forms:
        last = operator.name.rpartition(".")[2]
        if form == "function":
            assert re.fullmatch(r"[a-z_0-9.]+", operator.name, re.IGNORECASE)
        elif form in ("method", "in_place"):
            assert hasattr(torch.Tensor, last + "_" * (form == "in_place"))


def test_distinct_values_are_distinct():
    from gradspec.programs.catalogue.vocabulary import DISTINCT

    for n in (1, 7, 40, 200):
        values = DISTINCT.values(Choices(random.Random(n).randbytes(900)), n)
        assert len(set(values)) == n
