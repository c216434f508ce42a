"""A functional core: records that never change, and a backward pass that is a fold; tensors are a shell around them."""

import weakref
from functools import reduce
from typing import Any, ClassVar, NamedTuple

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Expression(NamedTuple):
    number: int
    value: np.ndarray
    name: str = ""
    behind: tuple = ()  # expressions, or None for a constant
    operands: tuple = ()
    options: Any = ()


def parts_of(expression, gradient):
    parts = RULES[expression.name][1](gradient, expression.value, *expression.operands, **dict(expression.options))
    pairs = zip(expression.behind, parts, strict=True)
    return merged({each.number: fit(part, each.value.shape)} for each, part in pairs if each is not None)


def merged(maps):
    return reduce(lambda left, right: {**left, **{k: left.get(k, 0.0) + g for k, g in right.items()}}, maps, {})


def ancestors(expression):
    """Youngest first, by number: what it came from, and itself."""

    def grown(known):
        new = {e.number: e for each in known.values() for e in each.behind if e is not None and e.number not in known}
        return grown(known | new) if new else known

    return tuple(each for _, each in sorted(grown({expression.number: expression}).items(), reverse=True))


def pull_back(expression, seed):
    """Gradients by number."""
    inner = (each for each in ancestors(expression) if each.name)
    return reduce(
        lambda sums, each: merged((sums, parts_of(each, sums[each.number]))), inner, {expression.number: seed}
    )


class Tensor(Surface):
    count = 0
    used = frozenset()  # numbers of expressions that were used up
    shells: ClassVar = weakref.WeakValueDictionary()  # by number, the tensors that expressions belong to

    @property
    def expression(self):
        if self.history is None and "leaf" not in vars(self):
            self.leaf = Expression(self.numbered(), self.values)
        return self.history or self.leaf

    def numbered(self):
        Tensor.count += 1
        Tensor.shells[Tensor.count] = self
        return Tensor.count

    def _record(self, name, operands, options, values):
        behind = tuple(each.expression if each.requires_grad else None for each in operands)
        self.history = Expression(self.numbered(), self.values, name, behind, values, tuple(options.items()))

    def _gradients(self, seed, keep):
        met = ancestors(self.expression)
        if any(each.number in Tensor.used for each in met):
            raise RuntimeError("this expression has been used up")
        if not keep:
            Tensor.used |= {each.number for each in met if each.name and each.name not in SAVES_NOTHING}
        found = pull_back(self.expression, seed).items()
        return [(Tensor.shells[number], gradient) for number, gradient in found if number in Tensor.shells]


adapter = adapt("a functional core", Tensor)
