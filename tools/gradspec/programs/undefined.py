"""Where PyTorch is itself at fault, or leaves open what becomes: whether a difference between two traces is of that kind."""

from __future__ import annotations

import math
import re

from gradspec.compare import Difference
from gradspec.programs.interpreter import FINAL
from gradspec.programs.program import Assign, Call, Delete, Index, Program, Put, Statement
from gradspec.programs.relations import ancestors, changed_by, closure, given_to, gradients, sets_flag, subject
from gradspec.programs.rewriting import made_by, names_in, names_of
from gradspec.programs.script import labelled, walk
from gradspec.trace import Nothing, Raised, Sequence, Tensor, Trace

PASSES = ("backward", "autograd.backward", "autograd.grad")


AUTOGRAD = re.compile(
    r"requires? grad|gradient(?!\()|in-?place operation|version|backward|graph|leaf|\bview\b|hook|single memory location"
)
OWN_FAULTS = ("INTERNAL ASSERT FAILED", "ZeroTensors are immutable")  # what PyTorch says of a fault of its own


NO_VIEW = "view size is not compatible with input tensor's size and stride"
LAYOUT = re.compile(
    r"(; )?UserWarning: grad and param do not obey the gradient layout contract\..*?param\.sizes\(\)[^\n]*", re.DOTALL
)
OVERLAP = "refer to a single memory location"
VIEW_DETACHED = "Can't detach views in-place"
CHANGED = "modified by an inplace operation"
CONJUGATED = ("fft.ifft", "fft.ihfft", "fft.ihfft2", "fft.ihfftn")
CARELESS = ("addbmm_", "baddbmm_", "addmv_", "index_fill_", "masked_scatter_", "tril_", "triu_")


def recorded_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both have a node, and the program computed gradients that were recorded."""
    recorded = any(isinstance(each, Call) and "create_graph" in each.kwargs for each in walk(program.statements))
    return recorded and "None" not in (difference.expected, difference.found)


def laid_out(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether a result was to be seen in another shape, and its strides decide whether that takes a copy."""
    sides = difference.expected, difference.found
    return set(sides) == {"ViewBackward0", "UnsafeViewBackward0"} or any(NO_VIEW in each for each in sides)


def same_memory(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether one refuses to write a tensor into another of as many elements on its memory, by their strides."""
    statement = dict(labelled(program.statements)).get(difference.label)
    if statement is None or not any(OVERLAP in each for each in (difference.expected, difference.found)):
        return False
    sizes = {each.label: len(each.value.values) for each in expected if isinstance(each.value, Tensor)}
    size = {name: sizes.get(label) for label, each in labelled(program.statements) for name in made_by(each)}
    written = changed_by(statement)
    read = set(names_of(statement.value)) if isinstance(statement, Assign) else set(names_in(statement)) - written
    related = not ancestors(program, read).isdisjoint(ancestors(program, written))
    return related and bool({size.get(name) for name in read} & {size.get(name) for name in written})


def layout_contract(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether the one has warned of how a gradient is laid out in memory, and nothing else was different."""
    sides = [LAYOUT.sub("", each).strip() or "no warning" for each in (difference.expected, difference.found)]
    return sides[0] == sides[1]


def conjugates(program: Program) -> set[str]:
    """The names of what PyTorch may give as a conjugate that is yet to be taken."""
    return {
        name
        for each in walk(program.statements)
        if isinstance(each, Call) and each.name in CONJUGATED
        for name in made_by(each)
    }


def conjugated_late(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is about what may be a conjugate that is yet to be taken, or about what was made of it."""
    label = difference.label.partition(" [")[0]
    statement = dict(labelled(program.statements)).get(label)
    names = {label.removeprefix(f"{FINAL}: ")} if statement is None else set(names_in(statement))
    return not names.isdisjoint(closure(program, conjugates(program)))


def hooked_before_conjugated(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is which hooks have run, and one is of what may be such a conjugate, and was changed in place."""
    statements = list(walk(program.statements))
    hooked = {
        name
        for each in statements
        if isinstance(each, Call) and each.name == "register_hook"
        for name in names_of(each.args[0])
    }
    changed = {name for each in statements for name in changed_by(each)}
    return difference.label == f"{FINAL}: hooks" and bool(hooked & changed & conjugates(program))


def data_exchanged(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether the memory of a tensor was exchanged, which no version counter shows, between its use and a backward pass."""
    statements = list(walk(program.statements))
    for i, each in enumerate(statements):
        if isinstance(each, Put) and each.attribute == "data":
            used = any(isinstance(one, Call | Index) and each.of in names_in(one) for one in statements[:i])
            if used and any(isinstance(one, Call) and one.name in PASSES for one in statements[i:]):
                return True
    return False


def left_by_an_interrupted_pass(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is, at the end, a gradient to which a backward pass would have added that has raised, or what hooks saw."""
    calls = {label: each for label, each in labelled(program.statements) if isinstance(each, Call)}
    raised = {each.label for each in expected if isinstance(each.value, Raised)}
    roots = [names_in(each) for label, each in calls.items() if label in raised and each.name == "backward"]
    reached = ancestors(program, {name for names in roots for name in names})
    shown = (difference.label, difference.expected, difference.found)
    found = {name for text in shown for name in re.findall(rf"{FINAL}: (\w+)\.grad", text)}
    hooks_called = difference.label == f"{FINAL}: hooks" and bool(roots)
    return hooks_called or (difference.label.startswith(FINAL) and not found.isdisjoint(reached))


def own_fault(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether PyTorch stumbled over itself."""
    return any(words in difference.expected for words in OWN_FAULTS)


def version_of_a_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the version of what a backward pass made, or of what was made of that."""
    name = difference.label.removeprefix(f"{FINAL}: ").removesuffix("._version")
    return difference.label.endswith("._version") and name in gradients(program)


def counted_from_another_version(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether a gradient may have been saved, and changed, and only the versions that an error names are others."""
    sides = {re.sub(r"version \d+", "version", each) for each in (difference.expected, difference.found)}
    return len(sides) == 1 and bool(gradients(program))


def version_of_nothing(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the version of a tensor without elements."""
    name = difference.label.removesuffix("._version")
    values = [each.value for each in expected if each.label == name]
    return name != difference.label and any(isinstance(each, Tensor) and 0 in each.shape for each in values)


def malformed(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both refuse the operands of an operator, for a reason that has nothing to do with gradients."""
    return AUTOGRAD.search(difference.expected) is None


def none_given(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both refuse a call of which an operand, or a tensor in a list of operands, is None."""
    statement = dict(labelled(program.statements)).get(difference.label)
    nothing = {each.label for each in expected if isinstance(each.value, Nothing)}
    names = {name for label, each in labelled(program.statements) if label in nothing for name in made_by(each)}
    for each in expected:  # several results, of which one is None
        made = made_by(dict(labelled(program.statements)).get(each.label, Delete("")))
        if isinstance(each.value, Sequence) and len(each.value.items) == len(made):
            names |= {name for name, item in zip(made, each.value.items, strict=True) if isinstance(item, Nothing)}
    return statement is not None and not names.isdisjoint(names_in(statement))


def written_without_a_look(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether PyTorch has let one of `CARELESS` write where it refuses others to, or from what it writes to."""
    statement = dict(labelled(program.statements)).get(difference.label.partition(" [")[0])
    if not (isinstance(statement, Call) and statement.name in CARELESS and statement.form == "method"):
        return False
    written = changed_by(statement)
    read = {name for each in (*statement.args[1:], *statement.kwargs.values()) for name in names_of(each)}
    of_itself = not ancestors(program, read).isdisjoint(ancestors(program, written))
    return of_itself if difference.facet == "values" else statement.name != "masked_scatter_"


def given_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is what became, at the end, of a tensor that was given to a backward pass as gradient."""
    given = {name for each in walk(program.statements) if isinstance(each, Call) for name in given_to(each)}
    name = difference.label.removeprefix(f"{FINAL}: ").partition(".")[0]
    return difference.label.startswith(FINAL) and name in given


def another_gradient_changed(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is a gradient, while another one, or the tensor that both are made of, was said to require grad."""
    given = {name for each in walk(program.statements) if isinstance(each, Call) for name in given_to(each)}
    made = gradients(program) | given
    flagged = {name for each in walk(program.statements) if sets_flag(each) for name in names_in(each)}
    return subject(difference) in made and bool(flagged & made - {subject(difference)})


def gradient_detached(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether a gradient was to be detached in place, which is a view of another in PyTorch."""
    statement = dict(labelled(program.statements)).get(difference.label)
    detaching = isinstance(statement, Call) and statement.name == "detach_" and VIEW_DETACHED in difference.expected
    return detaching and statement is not None and not gradients(program).isdisjoint(names_in(statement))


def retained_elsewhere(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the gradient of one of several results, of which one that is not the first was changed in place."""
    changed = {name for each in walk(program.statements) for name in changed_by(each)}
    several = [each.to for each in walk(program.statements) if isinstance(each, Call) and len(each.to) > 1]
    shown = (difference.label, difference.expected, difference.found)
    found = {name for text in shown for name in re.findall(rf"{FINAL}: (\w+)\.grad", text)}
    return any(found & set(made) and changed & set(made[1:]) for made in several)


def changed_after_retaining(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether one of several results, not the first, retained its gradient, and it or a view of it was changed then."""
    later = {name for each in walk(program.statements) if isinstance(each, Call) for name in each.to[1:]}
    retained: set[str] = set()
    for each in walk(program.statements):
        if isinstance(each, Call) and each.name == "retain_grad":
            retained |= later.intersection(names_in(each))
        if isinstance(each, Call) and each.name == "backward":
            retained |= later.intersection(names_of(each.kwargs.get("inputs")))
        if closure(program, retained) & changed_by(each):
            return True
    return False


def chosen_order(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether an operand of an einsum of three or more was changed, and it matters which product has saved it."""
    einsums = any(
        isinstance(each, Call) and each.name == "einsum" and len(names_in(each)) > 2
        for each in walk(program.statements)
    )
    if difference.facet == "error_type":  # of operands that do not fit, one pair is met first
        statement = dict(labelled(program.statements)).get(difference.label)
        return einsums and isinstance(statement, Call) and statement.name == "einsum"
    return einsums and any(CHANGED in each for each in (difference.expected, difference.found))


def block_of_nothing(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is a gradient in a program that puts a vector of no elements on a diagonal beside others."""
    shapes = {each.label: getattr(each.value, "shape", None) for each in expected}
    nothing = {
        name for label, each in labelled(program.statements) for name in made_by(each) if shapes.get(label) == (0,)
    }
    blocks = [
        names_in(each) for each in walk(program.statements) if isinstance(each, Call) and each.name == "block_diag"
    ]
    return any(nothing & set(names) for names in blocks) and ".grad" in difference.label


def exchanged_and_impossible(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether memory was exchanged, and the numbers that were put there are what one of the two stumbles over."""
    sides = difference.expected + difference.found
    return data_exchanged(program, difference, expected) and AUTOGRAD.search(sides) is None


def place_of_mode(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is an index that mode gives."""
    label, _, part = difference.label.partition(" ")
    statement = dict(labelled(program.statements)).get(label)
    return isinstance(statement, Call) and statement.name == "mode" and part == "[1]"


def half_written(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is, at the end, what was to be changed in places of which some do not exist."""
    raised = {
        each.label for each in expected if isinstance(each.value, Raised) and not AUTOGRAD.search(each.value.message)
    }
    tried = [each for label, each in labelled(program.statements) if label in raised and names_places(each)]
    tensor = difference.label.removeprefix(f"{FINAL}: ")
    return any(
        tensor in ancestors(program, {name}) | closure(program, {name}) for each in tried for name in changed_by(each)
    )


def names_places(each: Statement) -> bool:
    """Whether it writes to places that an index names."""
    return isinstance(each, Assign) or (isinstance(each, Call) and each.name.startswith(("scatter", "index_", "put_")))


def one_element(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it was normalised over groups of one element, or is a gradient in a program that does so."""
    values = {each.label: each.value for each in expected}
    for label, each in labelled(program.statements):
        value = values.get(label)
        if isinstance(each, Call) and each.name == "nn.functional.group_norm" and isinstance(value, Tensor):
            groups = each.args[1] if len(each.args) > 1 else each.kwargs.get("num_groups")
            if math.prod(value.shape[1:]) == groups and (difference.label == label or ".grad" in difference.label):
                return True
    return False


def gradients_shared(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether two leaves ended with one and the same gradient, where more than one backward pass has added to it."""
    grads = {
        each.label: each.value for each in expected if each.label.startswith(FINAL) and each.label.endswith(".grad")
    }
    passes = [each for each in walk(program.statements) if isinstance(each, Call) and each.name == "backward"]
    same = [label for label, value in grads.items() if value == grads.get(difference.label)]
    return len(passes) > 1 and len(same) > 1
