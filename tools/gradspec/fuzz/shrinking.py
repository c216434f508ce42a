"""Makes the program of a finding short: a table of simplifications, applied as long as the same difference shows.

Hypothesis shrinks bytes, which says little about a program. Here the program itself is simplified, which is shorter
and quicker, and works on a program out of a file, too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from gradspec.fuzz.judging import failing_statement
from gradspec.fuzz.pair import Finding, same_symptom
from gradspec.programs.program import Argument, Assign, Block, Call, Index, Leaf, List, Program
from gradspec.programs.rewriting import Statements, made_by, mapped, names_in, renaming, resized
from gradspec.programs.script import walk

TOGETHER = 24  # candidates that are tried at a time
MOST_TRIED = 4000

Simplification = Callable[[Statements], Iterator[Statements]]


class Runs(Protocol):
    """What tells of programs whether they show a difference: a `Pair`, for one."""

    def run(self, programs: Sequence[Program]) -> list[Finding | None]: ...


def shrink(finding: Finding, pair: Runs, most: int = MOST_TRIED) -> Finding:
    """The finding with a program that no simplification makes shorter; one that shows the same difference."""
    best, tried = cut_off(finding, pair), 0
    progress = True
    while progress and tried < most:
        progress = False
        for simplify in SIMPLIFICATIONS:
            step = True
            while step and tried < most:
                now = best.program.statements
                candidates = [each for each in simplify(now) if each != now]  # or there would be no end
                tried += len(candidates)
                simpler = first_that_shows(best, candidates, pair)
                step = simpler is not None
                if simpler is not None:
                    best, progress = simpler, True
    return renamed(best, pair)


def first_that_shows(finding: Finding, candidates: list[Statements], pair: Runs) -> Finding | None:
    for start in range(0, len(candidates), TOGETHER):
        tried = pair.run([Program(each) for each in candidates[start : start + TOGETHER]])
        for each in tried:
            if same_symptom(finding, each):
                return each
    return None


def cut_off(finding: Finding, pair: Runs) -> Finding:
    """Without what follows on the statement at which the difference shows."""
    last = int(failing_statement(finding.difference, finding.program).partition(".")[0])
    shorter = first_that_shows(finding, [finding.program.statements[:last]], pair)
    return shorter or finding


# -- simplifications: each yields programs that are simpler, the boldest first


def without_many(statements: Statements) -> Iterator[Statements]:
    """Halves, quarters, ... left out."""
    size = len(statements) // 2
    while size > 1:
        for start in range(0, len(statements), size):
            yield statements[:start] + statements[start + size :]
        size //= 2


def without_one(statements: Statements) -> Iterator[Statements]:
    for i in reversed(range(len(statements))):
        yield statements[:i] + statements[i + 1 :]
        each = statements[i]
        if isinstance(each, Block):
            yield statements[:i] + each.body + statements[i + 1 :]
            for body in without_one(each.body):
                yield (*statements[:i], Block(each.mode, body), *statements[i + 1 :])


def bypassed(statements: Statements) -> Iterator[Statements]:
    """A statement left out, and what it made replaced by one of its operands."""
    for i, each in enumerate(statements):
        made = made_by(each)
        for operand in dict.fromkeys(names_in(each)):
            if made and operand not in made:
                rest = renaming(statements[i + 1 :], dict.fromkeys(made, operand))
                yield statements[:i] + rest


def with_smaller_leaves(statements: Statements) -> Iterator[Statements]:
    """Every dimension of one size made smaller, in all leaves at once; then single leaves."""
    shapes = [each.shape for each in walk(statements) if isinstance(each, Leaf)]
    for size in sorted({n for shape in shapes for n in shape if n > 1}, reverse=True):
        for smaller in (1, 2):
            if smaller < size:
                yield mapped(statements, functools.partial(with_size, size, smaller))
    for part in (slice(0), slice(1, None), slice(-1)):
        yield mapped(statements, functools.partial(with_dims, part))
    for i, each in enumerate(statements):
        if isinstance(each, Leaf):
            for d, n in enumerate(each.shape):
                for m in {1, n - 1} - {n, 0}:
                    shape = (*each.shape[:d], m, *each.shape[d + 1 :])
                    yield (*statements[:i], resized(each, shape), *statements[i + 1 :])
            if each.shape:
                yield (*statements[:i], resized(each, each.shape[1:]), *statements[i + 1 :])


def with_dims(kept: slice, leaf: Leaf) -> Leaf:
    return resized(leaf, leaf.shape[kept])


def with_size(old: int, new: int, leaf: Leaf) -> Leaf:
    return resized(leaf, tuple(new if n == old else n for n in leaf.shape))


def with_plainer_leaves(statements: Statements) -> Iterator[Statements]:
    """Values 1, 2, 3 ...; of float64; without requires_grad."""
    for i, each in enumerate(statements):
        if not isinstance(each, Leaf):
            continue
        plainer = [msgspec.structs.replace(each, values=values) for values in plain_values(each)]
        if each.dtype == "float32":
            plainer.append(msgspec.structs.replace(each, dtype="float64"))
        if each.requires_grad:
            plainer.append(msgspec.structs.replace(each, requires_grad=False))
        for leaf in plainer:
            if cost(leaf) < cost(each):
                yield (*statements[:i], leaf, *statements[i + 1 :])


def plain_values(leaf: Leaf) -> list[tuple[bool | int | float, ...]]:
    """Values that are as plain as can be, the plainest first: all 1; 1, 2, 3, 1, ..."""
    if leaf.dtype == "bool" or leaf.dtype.startswith("complex"):
        return []
    kind = int if leaf.dtype.startswith(("int", "uint")) else float
    size = len(leaf.values)
    return [tuple(kind(1) for _ in range(size)), tuple(kind(n % 3 + 1) for n in range(size))]


def cost(leaf: Leaf) -> tuple[int, ...]:
    """What makes one leaf plainer than another."""
    plain = plain_values(leaf)
    rank = plain.index(leaf.values) if leaf.values in plain else len(plain)  # type: ignore[arg-type]
    return int(leaf.dtype == "float32"), int(leaf.requires_grad), rank


def with_plainer_calls(statements: Statements) -> Iterator[Statements]:
    """Without a keyword, with fewer inputs, with 1 or 2 for a number."""
    for i, each in enumerate(statements):
        if isinstance(each, Call):
            for key in each.kwargs:
                kwargs = {k: v for k, v in each.kwargs.items() if k != key}
                yield (*statements[:i], msgspec.structs.replace(each, kwargs=kwargs), *statements[i + 1 :])
            for j, argument in enumerate(each.args):
                for plainer in plainer_arguments(argument):
                    args = (*each.args[:j], plainer, *each.args[j + 1 :])
                    to = each.to
                    if isinstance(argument, List) and isinstance(plainer, List) and len(to) == len(argument.items):
                        to = to[: len(plainer.items)]
                    yield (*statements[:i], msgspec.structs.replace(each, args=args, to=to), *statements[i + 1 :])
        elif isinstance(each, Index | Assign) and each.index != 0:
            yield (*statements[:i], msgspec.structs.replace(each, index=0), *statements[i + 1 :])
        elif isinstance(each, Block):
            for body in with_plainer_calls(each.body):
                yield (*statements[:i], Block(each.mode, body), *statements[i + 1 :])


def plainer_arguments(argument: Argument) -> Iterator[Argument]:
    if isinstance(argument, List) and len(argument.items) > 1:
        for j in range(len(argument.items)):
            yield List(argument.items[:j] + argument.items[j + 1 :])
    elif isinstance(argument, float) and argument not in (1.0, 2.0):
        yield 1.0
        yield 2.0


SIMPLIFICATIONS: tuple[Simplification, ...] = (
    without_many, without_one, bypassed, with_smaller_leaves, with_plainer_calls, with_plainer_leaves,
)  # fmt: skip


def renamed(finding: Finding, pair: Runs) -> Finding:
    """The finding with names in the order in which tensors are made: a, b, c ..."""
    made = dict.fromkeys(name for each in walk(finding.program.statements) for name in made_by(each))
    names = {name: f"{chr(ord('a') + i % 26)}{i // 26 or ''}" for i, name in enumerate(made)}
    again = first_that_shows(finding, [renaming(finding.program.statements, names)], pair)
    return again or finding
