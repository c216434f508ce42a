"""Random programs: one JSON form, a script that does the same, and what the interpreter makes of errors."""

import contextlib
import io
import random

import msgspec
import pytest
from hypothesis import given, settings

from gradspec.adapters.loading import load
from gradspec.programs import custom
from gradspec.programs.interpreter import Interpreter
from gradspec.programs.program import (
    Block,
    Call,
    Constant,
    Dots,
    Get,
    Index,
    Lambda,
    Leaf,
    List,
    Name,
    Program,
    Slice,
    Tuple,
    count,
    decode,
    encode,
)
from gradspec.programs.script import script
from gradspec.programs.strategy import Drawing, programs

torch = pytest.importorskip("torch")
interpreter = Interpreter(load("torch"))


def run(program):
    return interpreter.run(msgspec.json.decode(encode(program)))


@settings(max_examples=200)
@given(programs())
def test_a_program_survives_its_json(program):
    assert decode(encode(program)) == program


def drawn(n):
    drawing = Drawing()
    return [drawing.program(random.Random(seed).randbytes(400)) for seed in range(n)]


def test_the_same_bytes_draw_the_same_program():
    assert drawn(20) == drawn(20)
    assert len({encode(each) for each in drawn(20)}) == 20


def test_running_a_program_twice_leaves_the_same_trace():
    for program in drawn(50):
        assert run(program) == run(program)


@pytest.mark.filterwarnings("ignore")  # what scripts warn of is what programs are about
def test_the_printed_script_leaves_what_the_program_leaves():
    """Scripts are run as they stand: each name has the value that the interpreter saw at the end."""
    compared = 0
    for program in drawn(150):
        observations = run(program)
        raising = frozenset(o["label"] for o in observations if o["value"]["kind"] == "error")
        scope = {}
        torch.manual_seed(0)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(script(program, raising), scope)
        for observation in observations:
            label, value = observation["label"], observation["value"]
            if label.startswith("at the end: ") and "." not in label and value["kind"] == "tensor":
                name = label.removeprefix("at the end: ")
                again = interpreter.adapter.describe(scope[name])
                assert [repr(v) for v in again["values"]] == [repr(v) for v in map(number, value["values"])], script(
                    program
                )
                assert again["requires_grad"] == value["requires_grad"]
                compared += 1
    assert compared > 300


def number(value):
    return float(value) if isinstance(value, str) else complex(*value) if isinstance(value, list) else value


def test_a_program_is_valid_whatever_it_does():
    program = Program(
        (
            Leaf("a", (1.0, 2.0), (2,), "float64", True),
            Call("reshape", (Name("a"), Tuple((3,))), {}, "method", ("b",)),
            Call("backward", (Name("b"),), {}, "method"),
            Call("sum", (Name("a"),), {}, "method", ("c",)),
        )
    )
    labels = {o["label"]: o["value"] for o in run(program)}
    assert labels["2"]["kind"] == "error"
    assert labels["3"] == {"kind": "error", "type": "KeyError", "message": "'b'"}
    assert labels["at the end: c"]["values"] == [3.0]


def test_every_kind_of_argument_is_spelled_as_python_spells_it():
    program = Program(
        (
            Leaf("a", (1.0, 2.0, 3.0, 4.0), (2, 2), "float32"),
            Leaf("z", ((1.0, -1.0),), (1,), "complex128"),
            Leaf("e", (), (0, 3), "int64"),
            Index("b", "a", Tuple((Slice(0, None, 1), None, Dots(), -1))),
            Index("c", "a", List((True, False))),
            Call("to", (Name("a"), Constant("float64")), {}, "method", ("d",)),
            Call("full_like", (Name("a"), Constant("inf")), {}, "function", ("f",)),
            Call("neg", (Name("a"),), {}, "operator", ("g",)),
            Call("+=", (Name("a"), 1), {}, "operator", ("a",)),
            Block(
                "no_grad", (Call("autograd.grad", (Name("a"), List((Name("a"),))), {"allow_unused": True}, to=("h",)),)
            ),
            Get("i", "a", "T"),
        )
    )
    assert script(program).split("\n")[2:-1] == [
        "a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float32)",
        "z = torch.tensor([(1-1j)], dtype=torch.complex128)",
        "e = torch.zeros([0, 3], dtype=torch.int64)",
        "b = a[0::1, None, ..., -1]",
        "c = a[[True, False]]",
        "d = a.to(torch.float64)",
        "f = torch.full_like(a, float('inf'))",
        "g = -a",
        "a += 1",
        "with torch.no_grad():",
        "    (h,) = torch.autograd.grad(a, [a], allow_unused=True)",
        "i = a.T",
    ]
    kinds = [o["value"]["kind"] for o in run(program)][: count(program.statements)]
    assert kinds.count("error") == 1  # the gradient of what has none


def test_hooks_log_and_change_gradients():
    program = Program(
        (
            Leaf("a", (2.0,), (), "float64", True),
            Call("register_hook", (Name("a"), Lambda("hook1", "scale")), {}, "method", ("h",)),
            Call("register_hook", (Name("a"), Lambda("hook2", "nothing")), {}, "method", ("i",)),
            Call("backward", (Name("a"),), {}, "method"),
        )
    )
    labels = {o["label"]: o["value"] for o in run(program)}
    assert labels["at the end: a.grad"]["values"] == [3.0]
    assert [each["value"] for each in labels["at the end: hooks"]["items"]] == ["hook1", "hook2"]


@pytest.mark.parametrize("name", custom.TAKES)
def test_a_custom_function_is_printed_as_it_is_run(name):
    tensors, others, results = custom.TAKES[name]
    leaves = [Leaf(letter, (1.0, 2.0), (2,), "float64", False) for letter in "ab"[:tensors]]
    to = tuple("xy"[:results])
    program = Program((*leaves, Call(name, (*(Name(each.to) for each in leaves), *others), {}, "custom", to)))
    scope = {}
    exec(script(program), scope)
    seen = {o["label"]: o["value"] for o in run(program)}
    for each in to:
        assert scope[each].tolist() == seen[f"at the end: {each}"]["values"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "truncated"),
        ('{"statements": [{"do": "jump"}]}', "jump"),
        ('{"statements": [], "format": 2}', "format 2"),
        ('{"statements": [{"do": "get", "to": "a", "of": 1, "attribute": "T"}]}', "str"),
    ],
)
def test_what_is_no_program_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        decode(text)
