"""From a line of the table to code: the function that runs an operator and records it, and the node that goes back.

Each operator's code is written once, when it is first used. `print(source("mul"))` shows it.
"""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

from refgrad import dtypes, errors
from refgrad.derivatives import TABLE, Op
from refgrad.modes import modes
from refgrad.node import INFERENCE, MultiNode, Node, Saved, Slot, freed, modified, sequence


class Writer:
    """Lines of code, indented."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0

    def __call__(self, line: str, deeper: int = 0) -> None:
        self.lines.append("    " * (self.depth + deeper) + line)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class Plan:
    """What an operator saves: which inputs, results, shapes and plain arguments its formulas name."""

    def __init__(self, op: Op) -> None:
        self.differentiable = [p for p in op.parameters if p in op.formulas]
        wanted = list(dict.fromkeys(n for p in self.differentiable for n in op.needs[p]))
        self.inputs = sorted(n for n in wanted if n in op.tensors)  # the order in which PyTorch saves
        self.results = [n for n in wanted if n in op.outputs]
        self.args = [n for n in wanted if n not in self.inputs and n not in self.results]
        self.users = {n: [p for p in self.differentiable if n in op.needs[p]] for n in wanted}


def local(name: str) -> str:
    return "input" if name == "self" else name


def signature(op: Op, out: bool) -> str:
    first = len(op.parameters) - len(op.defaults)
    words = [local(p) if i < first else f"{local(p)}={op.defaults[i - first]!r}" for i, p in enumerate(op.parameters)]
    return ", ".join(words + (["*", "out=None"] if out else []))


def write_inputs(write: Writer, op: Op, plan: Plan) -> None:
    """Take the arrays out of the tensors: `x` gives `x_`, its edge `x_e` and its version `x_v`."""
    fast = op.cast is not None and op.parameters[1:] in (("other",), ("exponent",))
    for p in op.parameters:
        x = local(p)
        edge = p in plan.differentiable
        version = p in plan.inputs
        if p == "self" and op.parameters[0] == "self" and op.name != "pow_scalar":
            write("try:")
            write("input_ = input._array()" if op.kind == "view" else "input_ = input._data", 1)
            write("except AttributeError:")
            write(f"raise errors.not_a_tensor({op.name!r}, 'input', 1, input) from None", 1)
            if edge:
                write("input_e = input._node or (input if input._rg else None)")
        elif p in op.lists:
            write(f"{x}_ = [t._data for t in {x}]")
            write(f"{x}_e = tuple([t._node or (t if t._rg else None) for t in {x}])")
            if op.cast:
                write(f"if len({{a.dtype for a in {x}_}}) > 1:")
                write(f"{x}_ = dtypes.promote(*{x}_)", 1)
        elif p in op.tensors or (fast and p == op.parameters[1]):
            write(f"if isinstance({x}, Tensor):")
            write(f"{x}_ = {x}._data", 1)
            if edge:
                write(f"{x}_e = {x}._node or ({x} if {x}._rg else None)", 1)
            if version:
                write(f"{x}_v = {x}._vc", 1)
            if fast and p == op.parameters[1]:
                integers = " or input_.dtype.kind != 'f'" if op.cast == "float" else ""
                write(f"if input_.dtype is not {x}_.dtype{integers}:", 1)
                write(f"input_, {x}_ = {caster(op)}(input_, {x}_)", 2)
            write("else:")
            write(f"{x}_ = {x}", 1)
            if edge:
                write(f"{x}_e = None", 1)
            if version:
                write(f"{x}_v = None", 1)
            if fast and p == op.parameters[1]:
                plain = f"{x}.__class__ is not int and " if op.cast == "same" else ""
                write(f"if {plain}({x}.__class__ not in NUMBERS or input_.dtype.kind != 'f'):", 1)
                write(f"{x}_ = number({x})", 2)
                write(f"if {x}_ is NotImplemented:", 2)
                write("return NotImplemented", 3)
                write(f"input_, {x}_ = {caster(op)}(input_, {x}_)", 2)
        else:
            write(f"{x}_ = {x}")
    if op.cast == "float" and not fast:
        write("if input_.dtype.kind != 'f':")
        write("(input_,) = dtypes.promote_float(input_)", 1)
    elif op.cast and not fast and not op.lists:
        names = [f"{local(p)}_" for p in op.parameters if p not in ("condition", "alpha", "reduction")]
        write(f"{', '.join(names)} = dtypes.promote({', '.join(names)})")


CASTERS = {"same": "dtypes.promote", "float": "dtypes.promote_float", "signed": "dtypes.promote_signed"}


def caster(op: Op) -> str:
    return CASTERS.get(op.cast or "same", "dtypes.promote")


def write_forward(write: Writer, op: Op) -> None:
    args = ", ".join(f"{local(p)}_" for p in op.parameters)
    write("try:")
    write(f"r = forward({args})", 1)
    write("except (ValueError, TypeError) as error:")
    write(f"raise errors.explain({op.name!r}, error, {', '.join(f'{local(p)}_' for p in op.parameters)}) from None", 1)


def write_record(write: Writer, op: Op, plan: Plan) -> None:
    """Make the node: its edges, what it saves, and the shape and dtype that its gradient must have."""
    many = len(op.outputs) > 1
    several = [f"{local(p)}_e" for p in plan.differentiable]
    some = " or ".join(f"{e} is not None" for e in several)
    if op.lists:
        some = f"any([e is not None for e in {several[0]}])"
    write(f"if modes.grad and ({some}):" if len(several) > 1 else f"if modes.grad and {some}:")
    write.depth += 1
    write("node = new(NodeType)")
    write(f"node.edges = {several[0]}" if op.lists else f"node.edges = ({', '.join(several)},)")
    entries = []
    for name in plan.inputs:
        x = local(name)
        users = [f"{local(p)}_e is not None" for p in plan.users[name]]
        version = f"{x}._vc[0]" if name == "self" and op.name != "pow_scalar" else f"{x}_v and {x}_v[0]"
        if len(users) < len(several):
            entries.append(f"*(({x}, {version}) if {' or '.join(users)} else (None, None))")
        else:
            entries.append(f"{x}, {version}")
    for name in plan.results:
        nr = op.outputs.index(name) if many else 0
        data, tensor = (f"r[{nr}]", f"made[{nr}]") if many else ("r", "made")
        write(f"{name}_s = new(Saved)")
        write(f"{name}_s._data = {data}")
        write(f"{name}_s._vc = {tensor}._vc = [0]")
        write(f"{name}_s.version = 0")
        write(f"{name}_s.nr = {nr}")
        entries.append(f"{name}_s")
    write(f"node.saved = ({', '.join(entries)},)" if entries else "node.saved = ()")
    if plan.args:
        write(f"node.args = ({', '.join(arg_value(op, name) for name in plan.args)},)")
    else:
        write("node.args = ()")
    write("node.seq = next(sequence)")
    write("node.extra = None")
    if many:
        write("node.shape = tuple([a.shape for a in r if a.dtype.kind in 'fc'])")
        write("node.dtype = tuple([a.dtype for a in r if a.dtype.kind in 'fc'])")
        write("for nr, o in enumerate(made):")
        write("if o._data.dtype.kind in 'fc':", 1)
        write("o._node = Slot(node, nr, node.shape[nr], node.dtype[nr])", 2)
    else:
        write("node.shape = r.shape")
        write("node.dtype = r.dtype")
        write("made._node = node")
    write("if modes.observers:")
    write("for observer in modes.observers:", 1)
    write("observer(node)", 2)
    write.depth -= 1


def arg_value(op: Op, name: str) -> str:
    if not name.endswith("_shape"):
        return local(name)
    p = name.removesuffix("_shape")
    return f"[a.shape for a in {p}_]" if p in op.lists else f"{local(p)}_.shape"


def forward_source(op: Op, plan: Plan) -> str:
    many = len(op.outputs) > 1
    write = Writer()
    write(f"def {op.name}({signature(op, out=op.kind != 'view' and not many)}):")
    write.depth = 1
    write_inputs(write, op, plan)
    write_forward(write, op)
    if many:
        write("made = []")
        write("for a in r:")
        write("o = new(Tensor)", 1)
        write("o._data = a", 1)
        write("made.append(o)", 1)
    else:
        write("made = new(Tensor)")
        write("made._data = r")
    args = "".join(f", {local(p)}" for p in op.parameters[1:])
    if op.kind == "view" and many:
        write("for nr, o in enumerate(made):")
        write(f"link(o, input, op, ({', '.join([*map(local, op.parameters[1:]), 'nr'])},), input_.shape)", 1)
    elif op.kind == "view":
        write(f"link(made, input, op, ({args[2:]}{',' if args else ''}), input_.shape)")
    if plan.differentiable:
        write_record(write, op, plan)
    if op.kind != "view":
        write("elif modes.inference:" if plan.differentiable else "if modes.inference:")
        write("for o in made:" if many else "made._vc = INFERENCE", 1)
        if many:
            write("o._vc = INFERENCE", 2)
    if op.kind != "view" and not many:
        write(f"return made if out is None else into(out, made, {op.name!r})")
    else:
        write("return tuple(made)" if many else "return made")
    return write.text()


def backward_source(op: Op, plan: Plan) -> str:
    write = Writer()
    write("def backward(node, g, edges, raw):")
    write.depth = 1
    names = [word for name in plan.inputs for word in (local(name), f"{local(name)}_v")] + plan.results
    if names:
        write("saved = node.saved")
        write("if saved is None:")
        write("raise freed()", 1)
        write(f"{', '.join(names)}, = saved")
    for name in plan.inputs:
        x = local(name)
        write(f"if {x}_v is not None:")
        write(f"if {x}._vc[0] != {x}_v:", 1)
        write(f"raise modified(node, {x}, {x}_v)", 2)
        constant = name not in plan.differentiable
        write(f"{x} = {x}._data" + ("" if constant else f" if raw else unpack({x})"), 1)
    for name in plan.results:
        write(f"if {name}._vc[0] != {name}.version:")
        write(f"raise modified(node, {name}, {name}.version)", 1)
        write(f"{name} = {name}._data if raw else {name}.tensor(node)")
    if plan.args:
        write(f"{', '.join(map(local, plan.args))}, = node.args")
    calls = [f"{p}_formula(g{''.join(', ' + local(n) for n in op.needs[p])})" for p in plan.differentiable]
    if op.lists:
        write(f"return {calls[0]}")
    elif len(calls) == 1:
        write(f"return ({calls[0]},)")
    else:
        edges = [f"{local(p)}_e" for p in plan.differentiable]
        write(f"{', '.join(edges)}, = edges")
        write("return (")
        for call, edge in zip(calls, edges, strict=True):
            write(f"{call} if {edge} is not None else None,", 1)
        write(")")
    return write.text()


def source(name: str) -> str:
    """The code written for the operator `name`: how it runs and is recorded, and how its node goes back."""
    op = TABLE[name]
    plan = Plan(op)
    text = forward_source(op, plan)
    return text + "\n\n" + backward_source(op, plan) if plan.differentiable else text


NUMBERS = (int, float)
BASE: dict[str, Any] = {
    "modes": modes,
    "new": object.__new__,
    "INFERENCE": INFERENCE,
    "Saved": Saved,
    "Slot": Slot,
    "freed": freed,
    "modified": modified,
    "sequence": sequence,
    "dtypes": dtypes,
    "errors": errors,
    "NUMBERS": NUMBERS,
    "np": np,
    "number": errors.number,
}


def compile_op(op: Op) -> Any:
    """The recorded form of `op`: a function of tensors. Its `NodeType` is the class of the nodes it makes."""
    plan = Plan(op)
    text = source(op.name)
    scope = dict(BASE, op=op, forward=op.forward)
    scope.update({f"{p}_formula": f for p, f in op.formulas.items()})
    filename = f"<refgrad operator {op.name}>"
    exec(compile(text, filename, "exec"), scope)
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    function = scope[op.name]
    if plan.differentiable:
        base = MultiNode if len(op.outputs) > 1 else Node
        members = {"__slots__": (), "backward": scope["backward"], "op": op, "plan": plan}
        members["saves"] = bool(plan.inputs or plan.results)
        function.NodeType = scope["NodeType"] = type(op.node, (base,), members)
    function.plan = plan
    return function


def _compile_missing(op: Op, attribute: str) -> Any:
    if attribute != "recorded":
        raise AttributeError(attribute)
    op.recorded = compile_op(op)
    return op.recorded


Op.__getattr__ = _compile_missing
