"""A random program while it is drawn: takes the tensors that there are, and knows which of them share memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradspec.programs.catalogue.vocabulary import SMALL, Domain, Meta, Operand, Operator, Sample, Shape, any_shape
from gradspec.programs.choices import Choices
from gradspec.programs.draft import Draft, union
from gradspec.programs.program import Statement

if TYPE_CHECKING:
    from gradspec.programs.moves import Move

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
        self.depth = 0
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

    def forget(self, name: str) -> None:
        del self.tensors[name]

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

    def floating(self) -> Operand:
        """Some tensor that may require grad."""
        found = self.any()
        return found if found.meta.floating else self.new_tensor()

    def new_tensor(self) -> Operand:
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

    def operate(self, operator: Operator, in_place: bool = False) -> None:
        """Call `operator` on a tensor that there is, or on a new one where none will do."""
        fitting = [Operand(name, meta) for name, meta in self.tensors.items() if operator.takes(meta)]
        if fitting and self.choices.chance(90):
            x = fitting[-1 - min(self.choices.below(len(fitting)), self.choices.below(len(fitting)))]
        else:
            dtype = operator.dtypes[0]
            x = self.leaf(operator.shapes(self.choices), operator.first, dtype, self.choices.chance(70))
        self.exact = operator.chooses
        sample = operator.call(self, x)
        self.exact = False
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
        to = self.call(operator, tame(sample), form)
        if operator.view:
            self.share(x.name, [*to, *(each.name for each in operands(sample.args))])

    def share(self, name: str, others: list[str]) -> None:
        """Take note that `others`, and what shares their memory, may share that of `name`."""
        theirs = {self.storage[each] for each in others if each in self.storage}
        for each, number in self.storage.items():
            if number in theirs:
                self.storage[each] = self.storage[name]


def operands(value: Any) -> Iterator[Operand]:
    """The operands in an argument, inside tuples and lists too."""
    if isinstance(value, Operand):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from operands(each)


def tame(sample: Sample) -> Sample:
    """The same; nothing is known any longer of a result on which nothing should be computed."""
    results = sample.result if isinstance(sample.result, tuple) else (sample.result,)
    kept = tuple(meta if meta is not None and meta.tame else None for meta in results)
    return replace(sample, result=kept)
