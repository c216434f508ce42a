"""The chapter of operators: what is asked of each, and the witness that knows no formula."""

import dataclasses
import random

import msgspec
import pytest

from gradspec.check import run_check
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.choices import Choices
from gradspec.programs.operators import samples_of
from gradspec.programs.program import Call, Program, encode
from gradspec.programs.script import walk
from gradspec.programs.witness import disagreement, witness
from gradspec.runner import WorkerRunner, witnesses_request
from gradspec.selection import Selection
from gradspec.suite import find_suite
from gradspec.trace import Observation, Tensor


def names(program):
    return [each.name for each in walk(program.statements) if isinstance(each, Call)]


def test_every_operator_is_asked_for_its_gradient_and_the_gradient_of_that():
    programs = samples_of(CATALOGUE["mul"], 2)
    assert names(programs[0]).count("autograd.grad") == 3
    assert sum("mul_" in names(each) for each in programs) == 1
    raised = len(CATALOGUE["mul"].errors)
    assert len(programs) == 2 + 1 + 1 + raised


def test_samples_are_the_same_every_time_and_others_with_another_seed():
    sine = CATALOGUE["sin"]
    assert samples_of(sine, 3) == samples_of(sine, 3)
    assert samples_of(sine, 3) != samples_of(sine, 3, "1")


def is_square(statement):
    return isinstance(statement, Call) and statement.name == "square"


def observed(*values):
    return tuple(Observation(str(i), Tensor((v,), (), "float64")) for i, v in enumerate(values, 1))


@pytest.mark.parametrize(("along", "slope", "agree"), [(2.0, 2.0 + 1e-7, True), (2.0, 2.001, False), (0.0, 1e-7, True)])
def test_a_gradient_is_held_to_the_slope(along, slope, agree):
    assert (disagreement(observed(along, slope)) is None) == agree


def test_the_witness_notices_what_every_oracle_would_have_to_be_told():
    """A square whose gradient is short by a factor: PyTorch's own machinery, with a wrong formula."""
    pytest.importorskip("torch")
    program = witness(CATALOGUE["square"], Choices(random.Random(0).randbytes(400)))
    wrong = tuple(
        msgspec.structs.replace(each, name="Straight", form="custom")
        if isinstance(each, Call) and each.name == "square"
        else each
        for each in program.statements
    )
    runner = WorkerRunner("torch")
    runner.load()
    both = [encode(program), encode(Program(wrong))]
    try:
        whole = runner.run_programs(both)
        ends = runner.endings(both, runner.ask(witnesses_request(both)))
    finally:
        runner.close()
    for right, bent in (whole, ends):
        assert disagreement(right) is None
        assert disagreement(bent) is not None
    n = len(program.statements)
    assert [each.label for each in ends[0]] == [str(n - 1), str(n)]  # what else is observed, nobody reads


def test_more_samples_are_drawn_on_request():
    pytest.importorskip("torch")
    suite = dataclasses.replace(find_suite(), examples=8, seed="5")
    record = run_check(
        "refgrad",
        suite=suite,
        selection=Selection(chapters=("operators",), keyword="operators.sin or mul"),
        oracle="live",
    )
    assert record.exit_code == 0, [each.differences for each in record.results]
    assert len(record.results) >= 2


def test_samples_that_the_goldens_do_not_know_need_torch(gradspec):
    code, _, complaint = gradspec("check", "refgrad", "--chapter", "operators", "--examples", "5")
    assert code == 2
    assert "--oracle live" in complaint


def test_operators_can_be_run_in_this_process():
    record = run_check(
        "refgrad", suite=find_suite(), selection=Selection(chapters=("operators",), keyword="tanh"), in_process=True
    )
    assert record.exit_code == 0, [each.differences for each in record.results]
