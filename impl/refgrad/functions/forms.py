"""From a signature to a function and to its in-place form: what an argument is annotated with says what becomes of it.

A function of `signatures` has no body: it is the operator of its name, with its arguments. One that is annotated
`-> Operation` says which operator it is, and with which arguments after the tensor. Any other does its work itself, on
arguments in the form that their annotations say.

The code is written when a function is first used. `print(PUBLIC["lerp"].source())` shows it.
"""

from __future__ import annotations

import functools
import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from refgrad import dtypes, errors, generated
from refgrad.derivatives import TABLE, kernels
from refgrad.functions import arguments
from refgrad.functions.copies import to
from refgrad.modes import modes
from refgrad.views import change, check_writable

WAYS = {
    # annotation: the line that brings the argument {p} to its form; {x} is the first tensor
    "Operand": "{p} = as_operand({p}, {y})",
    "Beside": "if not (isinstance({p}, Tensor) or isinstance({y}, Tensor)): raise errors.argument({at}, {p})\n"
    "    {p} = as_operand({p}, {y})",
    "Tensor": "if not isinstance({p}, Tensor): raise errors.argument({at}, {p})",
    "Cast": "if {p} is not None and {p}.__class__ is not DTYPE: raise errors.argument({at}, {p}, 'torch.dtype')\n"
    "    if {p} is not None: {x} = to({x}, {p})",
    "Asked": "if {p} is not None and {p}.__class__ is not DTYPE: raise errors.argument({at}, {p}, 'torch.dtype')",
    "Cast_": "if {p} not in (None, {x}.dtype): raise errors.in_place_dtype({name!r}, {p}, {x})",
    "Over": "if {p} is ... and not keepdim: return everything({x}, out=out, dtype=dtype)\n"
    "    if {p} is ...: {p} = None\n"
    "    {p} = as_dims({p}, {x}._data.ndim, {at})",
    "OverAll": "if {p} is ... and not keepdim: return everything({x}, out=out, dtype=dtype)\n"
    "    {p} = as_dims(as_dim({p}, {x}._data.ndim, {at}), {x}._data.ndim)",
    "Dim": "{p} = as_dim({p}, {x}._data.ndim, {at})",
    "DimOrNone": "if {p} is not None: {p} = as_dim({p}, {x}._data.ndim, {at})",
    "NewDim": "{p} = as_dim({p}, {x}._data.ndim + 1, {at})",
    "Dims": "{p} = as_dims({p}, {x}._data.ndim, {at})",
    "DimsGiven": "if {p} is None: raise errors.argument({at}, None, 'tuple of ints')\n"
    "    if {p}.__class__ in (tuple, list) and not ({p} or keepdim) and {x}._data.ndim and {x}._data.size:\n"
    "        raise messages.error('views.output_shape', (), (1,) * {x}._data.ndim)\n"
    "    {p} = as_dims({p}, {x}._data.ndim, {at})",
    "DimsOrNone": "if {p} is not None: {p} = as_dims({p}, {x}._data.ndim, {at})",
    "DimsAsGiven": "if {p} is not None: {p} = () if {p} in ((), []) else as_dims({p}, {x}._data.ndim, {at})",
    "Filled": "{p} = filled({name!r}, {x}, {p})",
    "FilledDim": "{p} = as_dim({p}, {x}._data.ndim, {at})\n    filled({name!r}, {x}, {p})",
    "OverFilled": "if {p} is None and not keepdim: return everything({x})\n    {p} = as_dim({p}, {x}._data.ndim, {at})\n"
    "    filled({name!r}, {x}, {p})",
    "Shape": "{p} = as_shape(sizes, {p}, {at})",
    "Listed": "if isinstance({p}, int): raise errors.argument({at}, {p}, 'tuple of ints')\n"
    "    {p} = as_shape((), {p}, {at})",
    "Number": "if {p}.__class__ not in NUMBERS: {p} = as_number({p}, {at})",
    "NumberOrNone": "if {p} is not None: {p} = as_number({p}, {at})",
    "FloatOrNone": "if {p} is not None: {p} = as_number({p}, {at}, 'float')",
    "BoolOrNone": "if {p} is not None and {p}.__class__ is not bool: raise errors.argument({at}, {p}, 'bool')",
    "TensorOrNone": "if {p} is not None and not isinstance({p}, Tensor): raise errors.argument({at}, {p})",
    "Word": "if {p}.__class__ is not str: raise errors.argument({at}, {p}, 'str')",
    "WordOrNone": "if {p} is not None and {p}.__class__ is not str: raise errors.argument({at}, {p}, 'str')",
    "int": "if {p}.__class__ is not int: {p} = as_int({p}, {at})",
    "IntOrNone": "if {p} is not None and {p}.__class__ is not int: {p} = as_int({p}, {at})",
    "float": "if {p}.__class__ is not float: {p} = as_number({p}, {at}, 'float')",
    "bool": "if {p}.__class__ is not bool: raise errors.argument({at}, {p}, 'bool')",
    "Matrix": "need_matrix({at}, {p})",
    "Square": "need_matrix({at}, {p}, True)",
    "Either": "operator = of_tensor if isinstance({p}, Tensor) else of_number",
}
# what a function that PyTorch has in Python asks of its argument first, and what is no tensor does not have
ASKED = {"WithDim": "dim", "WithSize": "size", "WithPow": "pow", "WithNorm": "norm", "WithKind": "is_floating_point",
         "WithPlace": "is_cuda", "WithType": "dtype"}  # fmt: skip
WAYS |= {way: f"if not isinstance({{p}}, Tensor): {{p}}.{attribute}" for way, attribute in ASKED.items()}
# before those that ask the first tensor for its dimensions
FIRST = ("Operand", "Beside", "Tensor", "Matrix", "Square", "Cast", "Asked", "TensorOrNone", *ASKED)
IN_PLACE_FIRST = (
    "Tensor",
    "Number",
    "NumberOrNone",
    "FloatOrNone",
    "Word",
    "WordOrNone",
    "int",
    "float",
    "bool",
    "Either",
)  # the rest is a writable tensor's
SCOPE = {
    **vars(arguments), "DTYPE": dtypes.dtype, "NUMBERS": (int, float), "TABLE": TABLE, "errors": errors, "to": to,
    "change": change, "check_writable": check_writable, "modes": modes, "__name__": "refgrad",
}  # fmt: skip
KEYWORD, VARIADIC = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_POSITIONAL
PASSED: dict[Any, str] = {KEYWORD: "{0}={0}", VARIADIC: "*{0}", inspect.Parameter.VAR_KEYWORD: "**{0}"}


def operator(*names: str) -> Any:
    """The first of these operators that there is."""
    spelled = (prefix + name for name in names for prefix in ("", "special_", "linalg_"))
    return next((TABLE[name] for name in spelled if name in TABLE), None)


def result_type(name: str, fields: Any) -> Any:
    """What a function with several results gives: a named tuple that prints like PyTorch's."""

    def text(self: Any) -> str:
        inner = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self))
        return f"torch.return_types.{name}(\n{inner})"

    return type(name, (namedtuple(name, fields),), {"__repr__": text, "__slots__": ()})


class Declared:
    """The function `name`, or its in-place form, as `declared` says it. `recorded` is what is called."""

    def __init__(self, name: str, declared: Callable, in_place: bool = False, listed: bool = False) -> None:
        """listed: whether sizes come as a list, and not one by one."""
        self.name, self.declared, self.in_place, self.listed = name, declared, in_place, listed
        self.shown = name + "_" * in_place

    @functools.cached_property
    def entry(self) -> Any:
        """The operator that a function without a body is."""
        longer = (f"{self.name}_", f"{self.name}_in_place") if self.in_place else (f"{self.name}_dim",)
        return operator(*longer, self.name) if self.declared.__module__.endswith(".signatures") else None

    @property
    def works_in(self) -> bool:
        """Whether the operator itself is told the dtype that the first tensor is brought to."""
        return not self.in_place and self.entry is not None and self.entry.cast == "asked"

    def source(self) -> str:
        """The code: a line for each argument that has to be brought to a form, then the work."""
        signature, entry = inspect.signature(self.declared), self.entry
        parameters = signature.parameters
        kinds, x = {p: v.annotation for p, v in parameters.items()}, next(iter(parameters))
        y = [*parameters, "None"][1]
        describes = signature.return_annotation == "Operation"
        shown = [v.replace(annotation=inspect.Parameter.empty) for v in parameters.values()]
        out = not self.in_place and (describes or (entry and len(entry.outputs) == 1 and entry.kind != "view"))
        if self.listed:
            kinds = {p: {"Shape": "Listed"}.get(kind, kind) for p, kind in kinds.items()}
        if "Shape" in kinds.values():  # by position or by keyword
            shown[-1:] = [inspect.Parameter("sizes", VARIADIC), shown[-1].replace(kind=KEYWORD, default=None)]
        shown += [inspect.Parameter("out", KEYWORD, default=None)] * bool(out)
        lines = [f"def {self.shown}{inspect.Signature(shown)}:"]
        if operator(f"{self.name}_reflected") and not self.in_place:  # a number, and a tensor
            lines.append(f"if isinstance({x}, NUMBERS) and isinstance({y}, Tensor): return of_first({y}, {x}, out=out)")
        first = IN_PLACE_FIRST if self.in_place else FIRST
        ordered = sorted(enumerate(kinds.items(), 1), key=lambda item: item[1][1] not in first)
        later = 0
        for place, (p, annotated) in ordered:
            kind = "Asked" if annotated == "Cast" and self.works_in else annotated
            if kind in WAYS and not (self.in_place and kind in ("Operand", "Beside")):
                counted = place - (x == "self")  # which is not among what a method is called with
                at = f"{self.name!r}, {p!r}, {counted if parameters[p].kind is not KEYWORD else 0}"
                way = WAYS[f"{kind}_" if self.in_place and f"{kind}_" in WAYS else kind]
                later = later or (kind not in first and len(lines))
                lines.append(way.format(p=p, x=x, y=y, name=self.name, at=at))
        if self.shown in kernels.REFUSED and self.shown not in TABLE and not {"Matrix", "Square"} & {*kinds.values()}:
            lines.append(f"need_dtype({self.shown!r}, {x})")
        for place, (p, value) in enumerate(parameters.items(), 1):
            if value.annotation == "Any" and value.default is value.empty and p != x:
                lines.insert(
                    later or len(lines), f"if {p} is None: raise errors.argument({self.shown!r}, {p!r}, {place}, None)"
                )
                later += bool(later)
        if self.in_place and (later or not entry):  # before it is found out what else is wrong
            lines.insert(later or len(lines), f"if modes.grad and {x}.requires_grad: check_writable({x})")
        if entry:
            lines.append(f"made = {self.called(kinds)}")
        else:
            given = ", ".join(PASSED.get(v.kind, "{0}").format(p) for p, v in parameters.items())
            work = f"{'replaced' if self.in_place else 'run'}({x}, *declared({given}))"
            lines.append(f"made = {work if describes else f'declared({given})'}")
        second = next((p for p in ("other", "exponent") if p in kinds), "")
        if second and (entry or describes):
            refused = f"{self.shown!r}, {second!r}, {list(kinds).index(second) + (not self.in_place)}, {second}"
            lines.append(f"if made is NotImplemented: raise errors.argument({refused})")
        lines.append(f"return made if out is None else into(out, made, {self.name!r})" if out else "return made")
        return "\n    ".join(lines) + "\n"

    def called(self, kinds: dict[str, str]) -> str:
        """The call of the operator, with its arguments in its own order, where it has the same names for them."""
        x, *others = [p for p, kind in kinds.items() if kind != "Cast"]
        named = self.entry.parameters[1:]
        args = named if all(p in kinds for p in named) else others
        chosen = "operator" if "Either" in kinds.values() else "of_number"
        if self.in_place:
            return f"change({', '.join([x, chosen, *args])})"
        call = f"{chosen}({', '.join([x, *args, *['dtype=dtype'] * self.works_in])})"
        return f"result(*{call})" if self.entry.outputs[0] in ("values", "mantissa", "min") else call

    @functools.cached_property
    def recorded(self) -> Callable:
        """The code, compiled."""
        of_tensor = operator(*([f"{self.name}_tensor_in_place"] * self.in_place), f"{self.name}_tensor")
        entries = {"of_number": self.entry, "of_tensor": of_tensor or self.entry}
        entries |= {"everything": operator(self.name), "of_first": operator(f"{self.name}_reflected")}
        scope = dict(SCOPE, declared=self.declared)
        scope |= {name: e if self.in_place or e is None else e.recorded for name, e in entries.items()}
        if self.entry and len(self.entry.outputs) > 1:
            scope["result"] = result_type(self.name, self.entry.outputs)
        text, filename = self.source(), f"<refgrad function {self.shown}>"
        generated.run(text, filename, scope)
        function = scope[self.shown]
        function.__doc__ = self.declared.__doc__
        return function


def formed(function: Any) -> Any:
    """A decorator, for functions of other modules: on arguments in the forms that the annotations name."""
    entry = Declared(function.__name__, function)

    @functools.wraps(function)
    def formed(*args: Any, **kwargs: Any) -> Any:
        return entry.recorded(*args, **kwargs)

    return formed


def run(input: Any, name: str, *rest: Any) -> Any:
    return TABLE[name].recorded(input, *rest)


def replaced(self: Any, name: str, *rest: Any) -> Any:
    return change(self, TABLE[name], *rest)


SCOPE |= {"run": run, "replaced": replaced}
