"""From a line of the table to code: the function that runs an operator and records it, and the node that goes back.

Each operator's code is written once, when it is first used. `print(source("mul"))` shows it. It is put together from the
templates below: a line that ends in `#: words` stands only where all these words hold of the operator, and what is put
into a {name} alone in its line may have several lines. An input `x` gives its array `x_`, its edge `x_e` and the counter
of its versions `x_v`.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes, errors, generated
from refgrad.derivatives import TABLE, Op, kernels
from refgrad.modes import modes
from refgrad.node import INFERENCE, MultiNode, Node, Saved, Slot, freed, modified, sequence, unkept

SELF = """
try:
    input_ = input._data  #: plain
    input_ = input._array()  #: view
except AttributeError:
    raise errors.argument({name!r}, 'input', 1, input) from None
input_e = input._node or (input if input._rg else None)  #: edge
"""
TENSORS = """
{x}_ = [t._data for t in {x}]
{x}_e = tuple([t._node or (t if t._rg else None) for t in {x}])
if len({{a.dtype for a in {x}_}}) > 1:
    {x}_ = promote(*{x}_)
"""
TENSOR_OR_NUMBER = """
if isinstance({x}, Tensor):
    {x}_ = {x}._data
    {x}_e = {x}._node or ({x} if {x}._rg else None)  #: edge
    {x}_v = {x}._vc  #: saved
    if input_.dtype is not {x}_.dtype{or_whole}:  #: operand
        input_, {x}_ = promote(input_, {x}_)  #: operand
else:
    {x}_ = {x}
    {x}_e = None  #: edge
    {x}_v = None  #: saved
    {x}_v = getattr({x}, "_vc", None)  #: saved places
    if {x}.__class__ is float and input_.__class__ is ndarray and input_.dtype.kind == 'f':  #: ufunc
        {x}_ = array({x}, input_.dtype)  #: ufunc
    {elif_} {no_int}({x}.__class__ not in NUMBERS or input_.dtype.kind != 'f'):  #: operand
        {x}_ = number({x})  #: operand
        if {x}_ is NotImplemented:  #: operand
            return NotImplemented  #: operand
        input_, {x}_ = promote(input_, {x}_)  #: operand
"""
FORWARD = """
def {name}({signature}):
    {inputs}
    if input_.dtype.kind != 'f':  #: float
        refuse({name!r}, input_)  #: float refuses
        (input_,) = promote(input_)  #: float
    {promoted} = promote({promoted})  #: promoted
    if dtype is not None:  #: asked
        input_ = promote(input_, dtype)  #: asked
        input_e = errors.followed(input_, input_e)  #: asked
    if ({own}_t := {own}_.dtype) is not SINGLE and {own}_t is not DOUBLE and {own}_t.char in {refused!r}:  #: refused
        refuse({name!r}, {own}_{beside})  #: refused
    try:
        r = forward({arrays})
    except (ValueError, TypeError) as error:
        raise errors.explain({name!r}, error, {arrays}) from None
    except OverflowError:
        r = forward(*errors.cut({name!r}, {arrays}))
    made = [wrap(a) for a in r]  #: many
    made = new(Tensor)  #: one
    made._data = r  #: one
    made._node = None  #: one
    made._rg = False  #: one
    made._vc = UNCHANGED  #: one
    made._detached = -1  #: one
    for nr, o in enumerate(made):  #: many view
        link(o, input, op, {way}, input_.shape)  #: many view
    link(made, input, op, {way}, input_.shape)  #: one view
    {record}
    elif modes.inference:  #: plain recorded
    if modes.inference:  #: plain unrecorded
        for o in made:  #: plain many
            o._vc = INFERENCE  #: plain many
        made._vc = INFERENCE  #: plain one
    return tuple(made)  #: many
    return made  #: one view
    return made if out is None else into(out, made, {name!r})  #: one plain
"""
RECORD = """
if modes.grad and ({some}):
    node = NodeType()
    node._edges = {edges}
    {results}
    node._saved = {saved}
    node._args = {args}
    node._seq = next(sequence)
    node._extra = None
    node._shapes = tuple([a.shape for a in r if a.dtype.kind in 'fc'])  #: many
    node._dtypes = tuple([a.dtype for a in r if a.dtype.kind in 'fc'])  #: many
    for nr, o in enumerate(made):  #: many
        if o._data.dtype.kind in 'fc'{varies}:  #: many
            o._node = Slot(node, nr, node._shapes[nr], node._dtypes[nr])  #: many
    node.shape = r.shape  #: one
    node.dtype = r.dtype  #: one
    made._node = node  #: one
    if modes.observers:
        for observer in modes.observers:
            observer(node)
"""
SAVE_RESULT = """
{x}_s = Saved()
{x}_s._data = {r}
{x}_s._vc = {made}._vc = [0]
{x}_s.version = 0
{x}_s.nr = {nr}
{x}_s.made = {made} if {constant} else None  #: many
"""
BACKWARD = """
def backward(node, g, edges, raw):
    saved = node._saved  #: saves
    if saved is None:  #: saves
        {nothing}  #: saves
    {edges}, = edges  #: many
    {saved}, = saved  #: saves
    {unpack}
    {args}, = node._args  #: args
    return {gradients}
"""
INPUT_BACK = """
if {x}_v is not None:
    if {x}._vc[0] != {x}_v or {x}._detached > node._seq:
        raise modified(node, {x}, {x}_v)
    {x} = {x}._data{tensor}
elif {x}.__class__ is float and g.__class__ is ndarray:  #: ufunc
    {x} = array({x}, g.dtype)  #: ufunc
"""
RESULT_BACK = """
if {x}._vc[0] != {x}.version:
    raise modified(node, {x}, {x}.version)
{x} = {x}._data if raw else {x}.tensor(node)
"""
UNCHANGED = (lambda g: g).__code__


@functools.cache
def parsed(template: str, words: frozenset[str]) -> list[tuple[str, str]]:
    """The lines of the template that stand where `words` hold: the indent of each, and the code."""
    split = [line.partition("  #: ") for line in template.strip().splitlines()]
    held = [code for code, _, wanted in split if words.issuperset(wanted.split())]
    return [(code[: len(code) - len(code.lstrip())], code.lstrip()) for code in held]


def fill(template: str, *words: str, **values: Any) -> str:
    """The lines of the template that stand where `words` hold, with the values put in."""
    lines = [(indent, code.format(**values).rstrip()) for indent, code in parsed(template, frozenset(words))]
    return "\n".join([indent + code.replace("\n", f"\n{indent}") for indent, code in lines if code])


def local(name: str) -> str:
    return "input" if name == "self" else name


def listed(words: Any, form: str = "{}") -> str:
    return ", ".join(form.format(local(word)) for word in words)


def packed(words: Any, form: str = "{}") -> str:
    """A tuple of these expressions."""
    return f"({listed(words, form)},)" if words else "()"


def passes_on(formula: Any) -> bool:
    """Whether `formula` is `lambda g: g`."""
    code = getattr(formula, "__code__", None)
    return code is not None and (code.co_code, code.co_argcount) == (UNCHANGED.co_code, 1)


class Plan:
    """What an operator saves: which inputs, results, shapes and plain arguments its formulas name."""

    def __init__(self, op: Op) -> None:
        self.differentiable = [p for p in op.parameters if p in op.formulas]
        wanted = list(dict.fromkeys(n for p in self.differentiable for n in op.needs[p]))
        self.inputs = sorted(n for n in wanted if n in op.tensors)  # the order in which PyTorch saves
        self.results = sorted(n for n in wanted if n in op.outputs)
        self.args = [n for n in wanted if n not in self.inputs and n not in self.results]
        self.receiver = op.parameters[0] == "self" and op.name != "pow_scalar"  # whether `self` is sure to be a tensor
        # an operand that is often a number, and so is treated apart
        self.operand = op.parameters[1] if op.cast and op.parameters[1:] in (("other",), ("exponent",)) else None
        users = {name: [p for p in self.differentiable if name in op.needs[p]] for name in self.inputs}
        # what one formula alone names is saved for it alone; PyTorch saves the rest whichever gradient is asked for
        self.user = {n: found[0] for n, found in users.items() if len(found) == 1 < len(self.differentiable)}


# what NumPy does sooner with an array than with a Python number, also where `array` has to make it
UFUNCS = operator.add, operator.sub, operator.mul, operator.truediv


def input_source(op: Op, plan: Plan, p: str) -> str:
    if p == "self" and plan.receiver:
        template = SELF
    elif p in op.lists:
        template = TENSORS
    else:
        template = TENSOR_OR_NUMBER if p in op.tensors or p == plan.operand else "{x}_ = {x}"
    words = ["edge" * (p in plan.differentiable), "saved" * (p in plan.inputs), "operand" * (p == plan.operand)]
    words += ["places" * (p == "indices"), "ufunc" * (p == plan.operand and op.forward in UFUNCS)]
    or_whole = " or input_.dtype.kind != 'f'" if op.cast == "float" else ""
    elif_ = "elif" if "ufunc" in words else "if"
    no_int = f"{p}.__class__ is not int and " if op.cast == "same" else ""
    return fill(template, op.kind, *words, x=local(p), name=op.name, or_whole=or_whole, no_int=no_int, elif_=elif_)


def record_source(op: Op, plan: Plan, count: str) -> str:
    """Make the node: its edges, what it saves, and the shape and dtype that its gradient must have."""
    edges = {p: f"{local(p)}_e is not None" for p in plan.differentiable}
    saved, results, args = [], [], []
    for name in plan.inputs:
        x = local(name)
        version = f"{x}._vc[0]" if name == "self" and plan.receiver else f"{x}_v and {x}_v[0]"
        user = plan.user.get(name)
        asked = f" if {edges[user]} else None" if user else ""
        saved += [f"{x}{asked}", f"{version}{asked}"]
    for name in plan.results:
        nr = op.outputs.index(name)
        r, made = (f"r[{nr}]", f"made[{nr}]") if count == "many" else ("r", "made")
        constant = name in op.constants or f"{r}.dtype.kind not in 'fc'"
        results.append(fill(SAVE_RESULT, count, x=name, r=r, made=made, nr=nr, constant=constant))
        saved.append(f"{name}_s")
    for name in plan.args:
        p = name.removesuffix("_shape")
        shape = f"[a.shape for a in {p}_]" if p in op.lists else f"{local(p)}_.shape"
        args.append(shape if p != name else name)
    some, each = " or ".join(edges.values()), packed(plan.differentiable, "{}_e")
    for p in op.lists:
        some, each = f"any([e is not None for e in {p}_e])", f"{p}_e"
    kept = "\n".join(results)
    constants = [op.outputs.index(name) for name in op.constants if name in op.outputs]
    varies = f" and nr not in {constants}" if constants else ""
    packs = {"edges": each, "saved": packed(saved), "args": packed(args)}
    return fill(RECORD, count, some=some, results=kept, varies=varies, **packs)


APART = {"condition", "alpha", "reduction", "bend", "p"}  # parameters that do not count for the common dtype


def forward_source(op: Op, plan: Plan) -> str:
    count = "many" if len(op.outputs) > 1 else "one"
    words = [count, op.kind, "recorded" if plan.differentiable else "unrecorded"]
    if op.cast and not plan.operand and not op.lists:
        words.append(op.cast if op.cast in ("float", "asked") else "promoted")
    refused = kernels.refused(op.name)
    words += ["refuses" * bool(refused), "refused" * ("e" in refused if "float" in words else bool(refused))]
    first, asked = len(op.parameters) - len(op.defaults), ["dtype=None"] * (op.cast == "asked")
    given = [local(p) + (f"={op.defaults[i - first]!r}" if i >= first else "") for i, p in enumerate(op.parameters)]
    names = {
        "name": op.name,
        "signature": listed(given + ["*", "out=None"] * (op.kind == "plain" and count == "one") + asked),
        "inputs": "\n".join(input_source(op, plan, p) for p in op.parameters),
        "promoted": listed([p for p in op.parameters if p not in APART], "{}_"),
        "arrays": listed(op.parameters, "{}_"),
        "refused": refused,
        "own": local(op.parameters[0]),
        "beside": f", {local(plan.operand)}_" if plan.operand else "",
        "way": packed([*op.parameters[1:], *["nr"] * (count == "many")]),
        "record": record_source(op, plan, count) if plan.differentiable else "",
    }
    return fill(FORWARD, *words, **names)


def backward_source(op: Op, plan: Plan) -> str:
    unpack, saved, gradients = [], [], []
    for p in plan.inputs:
        tensor = f" if raw else unpack({local(p)})" if p in plan.differentiable else ""
        ufunc = "ufunc" * (p == plan.operand and op.forward in UFUNCS)
        unpack.append(fill(INPUT_BACK, ufunc, x=local(p), tensor=tensor))
        saved += [p, f"{local(p)}_v"]
    unpack += [fill(RESULT_BACK, x=name) for name in plan.results]
    many = len(plan.differentiable) > 1 or any(hasattr(formula, "refuses") for formula in op.formulas.values())
    for i, p in enumerate(plan.differentiable):
        gradient = "g" if passes_on(op.formulas[p]) else f"{p}_formula({listed(['g', *op.needs[p]])})"
        always = getattr(op.formulas[p], "refuses", "") == "always"
        edge = f"node._edges[{i}]" if always else f"{local(p)}_e"
        gradients.append(f"\n    {gradient} if {edge} is not None else None" if many else gradient)
    words = ["saves" * bool(saved + plan.results), "args" * bool(plan.args), "many" * many]
    kept = {*plan.inputs, *plan.results}
    needing = tuple([i for i, p in enumerate(plan.differentiable) if kept.intersection(op.needs[p])])
    always = op.lists or plan.results or len(plan.user) < len(plan.inputs)
    some = f"edges, saved = unkept(node, edges, {needing}, {len(saved + plan.results)})"
    names = {
        "nothing": "raise freed()" if always else some,
        "saved": listed(saved + plan.results),
        "args": listed(plan.args),
        "unpack": "\n".join(unpack),
    }
    edges = listed(plan.differentiable, "{}_e")
    back = gradients[0] if op.lists else packed(gradients).replace(" \n", "\n")
    return fill(BACKWARD, *words, edges=edges, gradients=back, **names)


def source(name: str) -> str:
    """The code written for the operator `name`: how it runs and is recorded, and how its node goes back."""
    op = TABLE[name]
    plan = Plan(op)
    return forward_source(op, plan) + (f"\n\n\n{backward_source(op, plan)}\n" if plan.differentiable else "\n")


def work_in(value: Any, dtype: Any) -> Any:
    """The array `value` in the dtype in which an operator is asked to work."""
    if dtype.is_complex:
        conjugation.watch()
    return value if dtype.numpy == value.dtype else TABLE["to_copy"].forward(value, dtype.numpy)


BASE: dict[str, Any] = {
    "INFERENCE": INFERENCE, "NUMBERS": (int, float), "Saved": Saved, "Slot": Slot, "errors": errors, "freed": freed,
    "modes": modes, "modified": modified, "new": object.__new__, "number": errors.number, "refuse": kernels.refuse,
    "array": np.array, "ndarray": np.ndarray, "sequence": sequence, "unkept": unkept,
    "SINGLE": dtypes.float32.numpy, "DOUBLE": dtypes.float64.numpy,
}  # fmt: skip
PROMOTE = {None: None, "same": dtypes.promote, "signed": dtypes.promote_signed, "float": dtypes.promote_float,
           "asked": work_in}  # fmt: skip


def compile_op(op: Op) -> Any:
    """The recorded form of `op`: a function of tensors. Its `NodeType` is the class of the nodes it makes."""
    plan, text, filename = Plan(op), source(op.name), f"<refgrad operator {op.name}>"
    scope = BASE | {f"{p}_formula": formula for p, formula in op.formulas.items()}
    scope |= {"op": op, "forward": op.forward, "promote": PROMOTE[op.cast]}
    generated.run(text, filename, scope)
    function = scope[op.name]
    if plan.differentiable:
        saves = bool(plan.inputs or plan.results)
        members = {"__slots__": (), "backward": scope["backward"], "_op": op, "_plan": plan, "_saves": saves}
        base = MultiNode if len(op.outputs) > 1 else Node
        function.NodeType = scope["NodeType"] = type(op.node, (base,), members)
    function.plan = plan
    return function


def _compile_missing(op: Op, attribute: str) -> Any:
    if attribute != "recorded":
        raise AttributeError(attribute)
    op.recorded = compile_op(op)
    return op.recorded


Op.__getattr__ = _compile_missing
