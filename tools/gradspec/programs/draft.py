"""A program while it is drawn: its statements so far, and what is known of the tensors that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.vocabulary import FLOATING, SMALL, Domain, Meta, Operand, Operator, Sample, Shape
from gradspec.programs.choices import Choices
from gradspec.programs.interpreter import symbol_is_in_place
from gradspec.programs.program import Argument, Call, Get, Leaf, List, Statement, Tuple

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Draft:
    """Draws leaves and calls. Every tensor that a call needs is a new leaf; `RandomDraft` takes what there is."""

    def __init__(self, choices: Choices, *, smooth: bool = False, requires_grad: bool = True) -> None:
        self.choices, self.smooth, self.requires_grad = choices, smooth, requires_grad
        self.statements: list[Statement] = []
        self.tensors: dict[str, Meta] = {}
        self.made = 0

    def new_name(self) -> str:
        """The next name: a, b, ... z, a1, b1, ..."""
        turn, letter = divmod(self.made, len(LETTERS))
        self.made += 1
        return f"{LETTERS[letter]}{turn or ''}"

    def leaf(
        self, shape: Shape, domain: Domain = SMALL, dtype: str = "float64", requires_grad: bool = False
    ) -> Operand:
        """Add a new leaf."""
        domain = domain if dtype in FLOATING or dtype.startswith("complex") else domain.whole()
        values = domain.elements(self.choices, shape)
        plain = 1.0 if values else domain.values(Choices(b""), 1)[0]
        return self.leaf_of(shape, values, dtype, requires_grad, plain)

    def leaf_of(
        self, shape: Shape, values: list[float], dtype: str = "float64", requires_grad: bool = False, plain: float = 1.0
    ) -> Operand:
        """Add a new leaf of these values, in row-major order; where there are none, `plain` stands for them."""
        name = self.new_name()
        kind = KIND_OF.get(dtype, float)
        values = [kind(v) for v in values]
        meta = Meta(shape, dtype, min(values, default=plain), max(values, default=plain), bits(values))
        requires_grad = requires_grad and meta.floating
        numbers = tuple((v, 0.0) for v in values) if dtype.startswith("complex") else tuple(values)
        self.statements.append(Leaf(name, numbers, shape, dtype, requires_grad))
        self.record(name, meta)
        return Operand(name, meta)

    def tensor(
        self, shape: Shape, domain: Domain = SMALL, *, smooth: Domain | None = None, dtype: str = "float64"
    ) -> Operand:
        if smooth and self.smooth and dtype in FLOATING:  # nothing is differentiated with respect to integers
            domain = smooth
        return self.leaf(shape, domain, dtype, self.requires_grad)

    def integers(self, shape: Shape, values: Sequence[float], dtype: str = "int64") -> Operand:
        return self.leaf_of(shape, list(values), dtype)

    def first(self, operator: Operator, dtype: str = "float64") -> Operand:
        """A first tensor for `operator`."""
        return self.tensor(operator.shapes(self.choices), operator.first, smooth=operator.smooth, dtype=dtype)

    def call(self, operator: Operator, sample: Sample, form: str) -> tuple[str, ...]:
        """Add the call of `operator` in `form`; the names that it gives its results."""
        to: tuple[str, ...] = ()
        changed = form == "in_place" or symbol_is_in_place(form)
        if not changed:
            results = sample.result if isinstance(sample.result, tuple) else (sample.result,)
            to = tuple(self.new_name() for _ in results)
            for name, meta in zip(to, results, strict=True):
                self.record(name, meta)
        self.statements.append(call_of(operator, sample, form, to))
        return to

    def record(self, name: str, meta: Meta | None) -> None:
        """Take note of a new tensor; of one about which nothing is known, there is nothing to note."""
        if meta is not None:
            self.tensors[name] = meta


KIND_OF: dict[str, Any] = {"int64": int, "int32": int, "bool": bool}


def call_of(operator: Operator, sample: Sample, form: str, to: tuple[str, ...] = ()) -> Call | Get:
    """The statement that calls `operator` as `sample` says."""
    if form == "attribute":
        return Get(to[0], sample.args[0].name, operator.name)
    args = tuple(argument(each) for each in sample.args)
    kwargs = {key: argument(each) for key, each in sample.kwargs.items()}
    if form in ("function", "method"):
        name = operator.name.rpartition(".")[2] if form == "method" else operator.name
        return Call(name, args, kwargs, "method" if form == "method" else "function", to)
    if form == "in_place":
        return Call(f"{operator.name.rpartition('.')[2]}_", args, kwargs, "method", to)
    first = sample.args[0].name if symbol_is_in_place(form) else None
    return Call(form, args, {}, "operator", (first,) if first else to)


def argument(value: Any) -> Argument:
    """What a sample holds, as a program has it: operands become names."""
    if isinstance(value, Operand):
        return value.argument
    if isinstance(value, list | tuple):
        items = tuple(argument(each) for each in value)
        return List(items) if isinstance(value, list) else Tuple(items)
    known: Argument = value
    return known


def bits(values: list[float]) -> int:
    """How many bits after the binary point the values have at most."""
    return max((float(v).as_integer_ratio()[1].bit_length() - 1 for v in values), default=0)


def union(a: Meta, b: Meta) -> Meta:
    """What is known of a tensor that may be as `a` says or as `b` says; its shape is that of `a`."""
    grain = None if a.grain is None or b.grain is None else max(a.grain, b.grain)
    return replace(a, low=min(a.low, b.low), high=max(a.high, b.high), grain=grain)
