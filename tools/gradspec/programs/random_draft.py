"""A random program while it is drawn: takes the tensors that there are, and knows which of them share memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradspec.programs.catalogue.vocabulary import SMALL, Domain, Meta, Operand, Operator, Sample, Shape, any_shape
from gradspec.programs.choices import Choices
from gradspec.programs.draft import Draft, union
from gradspec.programs.program import Statement

if TYPE_CHECKING:
    from gradspec.programs.moves import Move

LARGE: tuple[Shape, ...] = ((64,), (8, 9), (97,), (3, 4, 6))
PRODUCTS = frozenset({"addmm", "addmv", "addr", "addbmm", "baddbmm"})
MOST_DEPTH = 2  # of blocks within blocks


@dataclass(frozen=True)
class Repertoire:
    """What programs are made of: moves, each as often as it weighs, and operators, those of some use to each move."""

    capabilities: frozenset[str]
    moves: Sequence[Move]
    common: Sequence[Operator]
    computing: Sequence[Operator]
    viewing: Sequence[Operator]
    changing: Sequence[Operator]


class RandomDraft(Draft):
    """Draws a whole program out of a repertoire."""

    def __init__(self, choices: Choices, repertoire: Repertoire) -> None:
        super().__init__(choices)
        self.repertoire = repertoire
        self.storage: dict[str, int] = {}  # tensors with the same number share memory
        self.handles: list[str] = []  # of hooks
        self.hooks = 0
        self.hooked = ""  # the tensor that was last given a hook
        self.tracked: set[str] = set()  # tensors that are likely to require grad
        self.unused: dict[str, None] = {}  # results among them on which nothing was computed, the latest last
        self.depth = 0
        self.frozen: set[int] = set()
        self.exact = False  # whether only such tensors will do that every right implementation computes to the same bit

    def may(self, capability: str) -> bool:
        return capability in self.repertoire.capabilities

    def add(self, statement: Statement) -> None:
        self.statements.append(statement)

    def move(self) -> None:
        """Make a move."""
        chosen = self.choices.pick(self.repertoire.moves)
        if not (chosen.make.__name__ == "block" and self.depth >= MOST_DEPTH):
            chosen.make(self)

    # -- tensors

    def note(self, name: str, meta: Meta | None, of: str | None = None) -> None:
        """Take note of a new tensor, which may share the memory of another."""
        self.record(name, meta)
        self.storage[name] = self.storage.get(of, len(self.storage)) if of else len(self.storage)

    def record(self, name: str, meta: Meta | None) -> None:
        super().record(name, meta)
        self.storage.setdefault(name, len(self.storage))

    def freeze(self, name: str) -> None:
        """Take note of a gradient: which of them share memory with what is left open, so none is written to."""
        if name in self.storage:
            self.frozen.add(self.storage[name])

    def forget(self, name: str) -> None:
        del self.tensors[name]

    def track(self, names: Sequence[str], of: Sequence[str]) -> None:
        """Take note that gradients go from `names` to `of`, if any go on from there."""
        if not self.tracked.isdisjoint(of):
            self.tracked.update(names)
            for each in of:
                self.unused.pop(each, None)
            self.unused |= dict.fromkeys(names)

    def ends(self, most: int) -> list[Operand]:
        """Where gradients may start so that they go through what was computed: the latest results that nothing uses."""
        known = [each for each in self.unused if each in self.tensors and self.tensors[each].floating]
        return [Operand(each, self.tensors[each]) for each in known[: -most - 1 : -1]]

    def changed(self, name: str, meta: Meta) -> None:
        """Take note that elements like those of `meta` may now stand in `name` and in whatever shares its memory."""
        for each, known in self.tensors.items():
            if self.storage[each] == self.storage[name]:
                self.tensors[each] = union(known, meta)

    def any(self) -> Operand:
        """Some tensor that there is, more often a late one."""
        names = list(self.tensors)
        if not names:
            return self.new_tensor()
        name = names[-1 - min(self.choices.below(len(names)), self.choices.below(len(names)))]
        return Operand(name, self.tensors[name])

    def writable(self) -> Operand:
        """Some tensor that may be written to."""
        found = self.any()
        return found if self.storage[found.name] not in self.frozen else self.new_tensor()

    def floating(self) -> Operand:
        """Some tensor that may require grad."""
        found = self.any()
        return found if found.meta.floating else self.new_tensor()

    def differentiable(self) -> Operand:
        """Some tensor, mostly one that is likely to require grad, and more often a late one."""
        names = [each for each, meta in self.tensors.items() if each in self.tracked and meta.floating]
        if not names or not self.choices.chance(85):
            return self.floating()
        name = names[-1 - min(self.choices.below(len(names)), self.choices.below(len(names)))]
        return Operand(name, self.tensors[name])

    def again(self) -> Operand | None:
        """Now and then, the tensor that was last given a hook."""
        known = self.tensors.get(self.hooked)
        return Operand(self.hooked, known) if known is not None and self.choices.chance(40) else None

    def leaf_of(
        self, shape: Shape, values: list[float], dtype: str = "float64", requires_grad: bool = False, plain: float = 1.0
    ) -> Operand:
        made = super().leaf_of(shape, values, dtype, requires_grad, plain)
        if requires_grad:
            self.tracked.add(made.name)
        return made

    def large_tensor(self) -> Operand:
        """A tensor of many elements, a few values in turn; what is done element by element is mostly done in bulk."""
        shape = self.choices.pick(LARGE)
        size, some = math.prod(shape), SMALL.values(self.choices, 5)
        return self.leaf_of(shape, (some * size)[:size], "float64", self.choices.chance(85))

    def new_tensor(self) -> Operand:
        if self.may("tensor") and self.choices.chance(4):
            return self.large_tensor()
        shape = any_shape(self.choices, most=2)
        dtype = self.choices.pick(("float64",) * 8 + ("float32", "int64")) if self.may("dtypes") else "float64"
        if not self.may("tensor"):
            shape = ()
        return self.leaf(shape, SMALL, dtype, self.choices.chance(70))

    def tensor(
        self, shape: Shape, domain: Domain = SMALL, *, smooth: Domain | None = None, dtype: str = "float64"
    ) -> Operand:
        fitting = [
            Operand(name, meta)
            for name, meta in self.tensors.items()
            if meta.shape == shape and meta.dtype == dtype and self.computable(meta) and domain.holds(meta)
        ]
        if fitting and self.choices.chance(75):
            return self.choices.pick(fitting)
        return self.leaf(shape, domain, dtype, self.choices.chance(50))

    def computable(self, meta: Meta) -> bool:
        return meta.tame and (meta.exact or not self.exact)

    # -- calls

    def call(self, operator: Operator, sample: Sample, form: str) -> tuple[str, ...]:
        to = super().call(operator, sample, form)
        given = [each.name for each in operands((sample.args, *sample.kwargs.values()))]
        if operator.differentiable:
            self.track(to or given[:1], given)
        return to

    def operate(self, operator: Operator, in_place: bool = False) -> None:
        """Call `operator` on a tensor that there is, or on a new one where none will do."""
        fitting = [
            Operand(name, meta)
            for name, meta in self.tensors.items()
            if operator.takes(meta) and not (in_place and self.storage[name] in self.frozen)
        ]
        if operator.differentiable and self.choices.chance(50):
            fitting = [each for each in fitting if each.name in self.tracked] or fitting
        if fitting and self.choices.chance(90):
            x = fitting[-1 - min(self.choices.below(len(fitting)), self.choices.below(len(fitting)))]
        else:
            dtype = operator.dtypes[0]
            x = self.leaf(operator.shapes(self.choices), operator.first, dtype, self.choices.chance(70))
        self.exact = operator.chooses
        sample = operator.call(self, x)
        self.exact = False
        if widened(x.meta, sample) or (in_place and self.overlap(x, sample, operator.name in PRODUCTS)):
            return
        form = self.choices.pick((operator.in_place_forms if in_place else operator.plain_forms) or operator.forms)
        if form in operator.in_place_forms:
            self.call(operator, sample, form)
            if not isinstance(sample.result, Meta):
                self.forget(x.name)
            elif operator.view:  # the tensor itself gets another shape
                self.record(x.name, sample.result)
            else:
                self.changed(x.name, sample.result)
            return
        to = self.call(operator, tame(sample, x.meta), form)
        if operator.view:
            self.share(x.name, [*to, *(each.name for each in operands(sample.args))])
        if operator.overlapping:
            self.freeze(x.name)

    def overlap(self, x: Operand, sample: Sample, mixes: bool) -> bool:
        """Whether `x` would be written to while parts of it are yet to be read: nobody knows what comes out.

        mixes: whether an element of the result is made of others than that in its place.
        """
        _, *others = operands((*sample.args, *sample.kwargs.values()))
        return any(
            self.storage[each.name] == self.storage[x.name] and (each.name != x.name or mixes) for each in others
        )

    def share(self, name: str, others: list[str]) -> None:
        """Take note that `others`, and what shares their memory, may share that of `name`."""
        theirs = {self.storage[each] for each in others if each in self.storage}
        for each, number in self.storage.items():
            if number in theirs:
                self.storage[each] = self.storage[name]


def widened(x: Meta, sample: Sample) -> bool:
    """Whether rounding in float32 would show in a float64 result."""
    return x.dtype == "float32" and not x.exact and isinstance(sample.result, Meta) and sample.result.dtype == "float64"


def operands(value: Any) -> Iterator[Operand]:
    """The operands in an argument, inside tuples and lists too."""
    if isinstance(value, Operand):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from operands(each)


def tame(sample: Sample, x: Meta) -> Sample:
    """The same; nothing is known any longer of a result on which nothing should be computed, or only in float32."""
    results = sample.result if isinstance(sample.result, tuple) else (sample.result,)
    kept = tuple(
        meta if meta is not None and meta.tame and (meta.dtype, x.dtype) != ("float32", "float64") else None
        for meta in results
    )
    return replace(sample, result=kept)
