"""Differences that are nobody's fault: each is a row that names what is let pass, and why. There are few, on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gradspec.compare import Difference
from gradspec.programs.custom import CHANGING
from gradspec.programs.interpreter import FINAL, symbol_is_in_place
from gradspec.programs.program import Assign, Call, Get, Leaf, Program, Put, Statement
from gradspec.programs.rewriting import made_by, names_in, names_of
from gradspec.programs.script import labelled, walk
from gradspec.trace import Raised, Tensor, Trace

LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."


AUTOGRAD = re.compile(
    r"requires? grad|gradient|in-?place operation|version|backward|graph|leaf|\bview\b|hook|single memory location"
)
OWN_FAULTS = ("INTERNAL ASSERT FAILED", "ZeroTensors are immutable")  # what PyTorch says of a fault of its own


NO_VIEW = "view size is not compatible with input tensor's size and stride"
CARELESS = ("addbmm_", "baddbmm_", "addmv_", "index_fill_", "tril_", "triu_")


@dataclass(frozen=True)
class Exclusion:
    """What is let pass: a facet, and when."""

    facet: str
    reason: str
    applies: Callable[[Program, Difference, Trace], bool]


def recorded_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both have a node, and the program computed gradients that were recorded."""
    recorded = any(isinstance(each, Call) and "create_graph" in each.kwargs for each in walk(program.statements))
    return recorded and "None" not in (difference.expected, difference.found)


def laid_out(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether a result was to be seen in another shape, and its strides decide whether that takes a copy."""
    sides = difference.expected, difference.found
    return set(sides) == {"ViewBackward0", "UnsafeViewBackward0"} or any(NO_VIEW in each for each in sides)


def conjugated_late(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether a result of an fft was changed in place, which PyTorch may give as a conjugate that is yet to be taken."""
    results = {name for each in walk(program.statements) if is_fft(each) for name in made_by(each)}
    label = difference.label.partition(" [")[0]
    statement = dict(labelled(program.statements)).get(label)
    names = {label.removeprefix(f"{FINAL}: ")} if statement is None else set(names_in(statement))
    return not names.isdisjoint(closure(program, results))


def is_fft(each: Statement) -> bool:
    return isinstance(each, Call) and each.name.startswith("fft.")


def data_exchanged(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether the memory of some tensor was exchanged, which no version counter shows."""
    return any(isinstance(each, Put) and each.attribute == "data" for each in walk(program.statements))


def left_by_an_interrupted_pass(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is a gradient that is there at the end, or is not, after a backward pass has raised."""
    calls = {label: each for label, each in labelled(program.statements) if isinstance(each, Call)}
    raised = {each.label for each in expected if isinstance(each.value, Raised)}
    interrupted = any(label in raised and each.name == "backward" for label, each in calls.items())
    return interrupted and f"{FINAL}: " in difference.label and ".grad" in difference.expected + difference.found


def own_fault(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether PyTorch stumbled over itself."""
    return any(words in difference.expected for words in OWN_FAULTS)


def version_of_a_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the version of what a backward pass made, or of what was made of that."""
    name = difference.label.removeprefix(f"{FINAL}: ").removesuffix("._version")
    return difference.label.endswith("._version") and name in gradients(program)


def version_of_nothing(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the version of a tensor without elements, or of a product."""
    name = difference.label.removesuffix("._version")
    values = [each.value for each in expected if each.label == name]
    if name == difference.label:
        return False
    product = {made for each in walk(program.statements) if is_product(each) for made in made_by(each)}
    empty = any(isinstance(each, Tensor) and 0 in each.shape for each in values)
    return empty or name.removeprefix(f"{FINAL}: ") in product


def composed(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the node of a product of more than two dimensions."""
    label = difference.label.partition(" [")[0]
    name = label.removeprefix(f"{FINAL}: ")
    made = {each for statement in walk(program.statements) if is_product(statement) for each in made_by(statement)}
    return name in made or is_product(dict(labelled(program.statements)).get(label))


def is_product(each: Statement | None) -> bool:
    return isinstance(each, Call) and each.name in ("matmul", "@", "nn.functional.linear", "nn.functional.bilinear")


def malformed(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both refuse the operands of an operator, for a reason that has nothing to do with gradients."""
    return AUTOGRAD.search(difference.expected) is None


def written_without_a_look(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether PyTorch has let one of `CARELESS` write where it refuses others to."""
    statement = dict(labelled(program.statements)).get(difference.label.partition(" [")[0])
    return isinstance(statement, Call) and statement.name in CARELESS and statement.form == "method"


def view_not_looked_at(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether PyTorch takes for a leaf what is none, but was made of a tensor, after another was changed in place."""
    if difference.expected != f"RuntimeError: {LEAF_IN_PLACE}":
        return False
    label = difference.label.partition(" [")[0]
    before = [each for name, each in labelled(program.statements) if name != label]
    statement = dict(labelled(program.statements)).get(label)
    written = changed_by(statement) if statement is not None else set()
    leaves = {each.to for each in before if isinstance(each, Leaf)}
    return bool(written) and not written & leaves and any(changed_by(each) - written for each in before)


def given_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is what became, at the end, of a tensor that was given to a backward pass as gradient."""
    given = {name for each in walk(program.statements) if isinstance(each, Call) for name in given_to(each)}
    name = difference.label.removeprefix(f"{FINAL}: ").partition(".")[0]
    return difference.label.startswith(FINAL) and name in given


def closure(program: Program, names: set[str]) -> set[str]:
    """The names, and those of what was made of them."""
    found = set(names)
    for each in walk(program.statements):
        if found.intersection(names_in(each)):
            found.update(made_by(each))
    return found


def changed_by(statement: Statement) -> set[str]:
    """The tensors that a statement writes to."""
    if isinstance(statement, Assign):
        return {statement.of}
    if isinstance(statement, Call) and statement.form in ("method", "operator", "custom") and statement.args:
        in_place = statement.name.endswith("_") or symbol_is_in_place(statement.name) or statement.name in CHANGING
        return set(names_of(statement.args[0])) if in_place else set()
    return set()


def gradients(program: Program) -> set[str]:
    """The names of gradients, and of what was made of them."""
    names = {name for each in walk(program.statements) if gives_gradients(each) for name in made_by(each)}
    return closure(program, names)


def gives_gradients(each: Statement) -> bool:
    asks = isinstance(each, Call) and each.name == "autograd.grad"
    return asks or (isinstance(each, Get) and each.attribute == "grad")


def given_to(call: Call) -> list[str]:
    return [name for key in ("gradient", "grad_outputs") for name in names_of(call.kwargs.get(key))]


EXCLUSIONS = (
    Exclusion(
        "grad_fn",
        "Products of more than two dimensions are composed of others, and sizes of 1 and strides decide of which; the node "
        "of the last step is what is seen.",
        composed,
    ),
    Exclusion(
        "number",
        "Some kernels fill what has no elements, and some do not, and products of a vector are reshaped in place, which "
        "bumps a version counter that nobody has seen yet.",
        version_of_nothing,
    ),
    Exclusion(
        "grad_fn",
        "How a backward pass is put together from operators is the implementation's own affair: PyTorch has nodes such as "
        "TanhBackwardBackward0 for some of its formulas. That there is a node, or none, is compared.",
        recorded_gradient,
    ),
    Exclusion(
        "number",
        "Some of PyTorch's kernels fill the gradients that they return, which bumps their version counters once or twice. "
        "Nothing can depend on it: whoever saves a gradient saves it at the version that it has then.",
        version_of_a_gradient,
    ),
    Exclusion(
        "message",
        "The words for operands that do not fit are each operator's own, or list the signatures that PyTorch's parser "
        "knows; the chapter on malformed calls holds those that a user is likely to meet. What autograd says is compared.",
        malformed,
    ),
    *(
        Exclusion(
            facet, "In which order a result stands in memory nobody promises; a view of it may need a copy.", laid_out
        )
        for facet in ("raised", "grad_fn")
    ),
    *(
        Exclusion(
            facet,
            "Some of PyTorch's Fourier transforms give a conjugate that is taken when somebody reads it, and is a view.",
            conjugated_late,
        )
        for facet in ("raised", "grad_fn")
    ),
    Exclusion(
        "observations",
        "Which leaves have got their gradients when a backward pass raises is left open.",
        left_by_an_interrupted_pass,
    ),
    Exclusion(
        "values",
        "Whether a backward pass reads what a tensor held when it was saved, or what was put into its `.data` since, is left "
        "open: PyTorch's notes advise against it.",
        data_exchanged,
    ),
    Exclusion(
        "raised", "PyTorch stumbled over a tensor that it had made itself: what is right nobody knows.", own_fault
    ),
    *(
        Exclusion(
            facet,
            "Some of PyTorch's operators write to memory that several elements share, and addbmm_ gives its tensor another "
            "shape where every other operator in place refuses to: what they leave there depends on the kernel.",
            written_without_a_look,
        )
        for facet in ("raised", "message")
    ),
    Exclusion(
        "raised",
        "PyTorch brings the history of a view up to date when somebody asks for it. A view whose base was given a history "
        "in place passes for a leaf until then, and may not be changed; once its `grad_fn` was read it may.",
        view_not_looked_at,
    ),
    *(
        Exclusion(
            facet,
            "PyTorch lets a leaf keep, as its `.grad`, a gradient that it was given and that came to it through views alone; "
            "a later pass then adds to it in place, and the caller's tensor changes. Its documentation leaves the layout and "
            "ownership of a first gradient open.",
            given_gradient,
        )
        for facet in ("values", "number")
    ),
)


def excluded(program: Program, difference: Difference, expected: Trace) -> bool:
    return any(each.facet == difference.facet and each.applies(program, difference, expected) for each in EXCLUSIONS)
