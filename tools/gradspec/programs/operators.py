"""What is asked of every operator in the catalogue, as programs.

Of each sample: the value; the gradient, under two upstream gradients, so that one that is not linear shows; the
gradient of the gradient. Then the operator on a view of something larger and, where it has one, in place; and calls
that raise. Samples stay away from kinks, so that central differences are a witness of their own.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.catalogue.vocabulary import Domain, Meta, Operand, Operator, Sample
from gradspec.programs.choices import Choices
from gradspec.programs.draft import Draft
from gradspec.programs.interpreter import symbol_is_in_place
from gradspec.programs.program import Argument, Call, Index, Leaf, List, Name, Program, encode
from gradspec.scenario import Programs

SAMPLES = 2  # of an operator, in the suite; `gradspec check --chapter operators --examples N` draws more
BYTES = 1200
# How backward passes are put together, and the words for a malformed call, are no operator's affair.
IGNORED = ("grad_fn", "message")
WEIGHTS = Domain(-1.0, 1.0, grain=2)


@functools.cache
def operator_items(chapter: Path, samples: int = SAMPLES, seed: str = "") -> tuple[Programs, ...]:
    """The items of the chapter: one an operator, with the same samples every time for the same seed."""
    return tuple(operator_item(chapter, each, samples, seed) for each in CATALOGUE.values())


def operator_item(chapter: Path, operator: Operator, samples: int, seed: str) -> Programs:
    path = f"torch.{operator.name}"
    clause = f"`{path}`: values, gradients and their gradients, in place and through views, and the calls that raise."
    name = operator.key.replace(".", "_")
    needs = tuple(dict.fromkeys((*operator.needs, "autograd_grad", "higher_order", "grad_argument")))
    draw = functools.partial(programs_of, operator, samples, seed)
    return Programs(chapter, chapter.stem, name, clause, f"docs: {path}", draw, needs, IGNORED)


def programs_of(operator: Operator, samples: int, seed: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The samples of an operator and the witnesses of its slope, as JSON."""
    from gradspec.programs.witness import witness  # which is made of what stands below

    programs = tuple(map(encode, samples_of(operator, samples, seed)))
    if not operator.differentiable or operator.structure:  # of a matrix of some structure, no slope is free
        return programs, ()
    drawn = [
        witness(operator, choices(operator, seed, f"witness {i}")) for i in range(max(1, samples // 2))
    ]  # it costs more than a sample
    return programs, tuple(encode(each) for each in drawn if each is not None)


def samples_of(operator: Operator, n: int, seed: str = "") -> tuple[Program, ...]:
    """`n` samples in the forms that the operator has, then what is asked once."""
    out_of_place = [each for each in operator.forms if not in_place(each)]
    programs = [
        differentiated(operator, choices(operator, seed, i), out_of_place[i % len(out_of_place)], dtype_of(operator, i))
        for i in range(n)
    ]
    programs.append(on_a_view(operator, choices(operator, seed, "view"), out_of_place[0]))
    changing = [each for each in operator.forms if in_place(each)]
    programs += [changed for form in changing[:1] for changed in changed_in_place(operator, seed, form)]
    programs += [raising(operator, choices(operator, seed, i), i) for i in range(len(operator.errors))]
    return tuple(programs)


def choices(operator: Operator, seed: str, which: object) -> Choices:
    return Choices(random.Random(f"{operator.key} {seed} {which}").randbytes(BYTES))


def in_place(form: str) -> bool:
    return form == "in_place" or symbol_is_in_place(form)


def dtype_of(operator: Operator, i: int) -> str:
    """The dtype of the first tensor of sample `i`: float64 every other time, the others in turn."""
    others = [each for each in operator.dtypes if each not in ("float64", "float32")]
    if "float64" in operator.dtypes and (i % 2 == 0 or not others):
        return "float64"
    return (others or list(operator.dtypes))[i // 2 % len(others or operator.dtypes)]


def differentiated(operator: Operator, drawn: Choices, form: str, dtype: str) -> Program:
    """The operator on new leaves, and its first and second derivatives."""
    draft = Draft(drawn, smooth=True, requires_grad=operator.differentiable)
    x = draft.first(operator, dtype)
    sample = operator.call(draft, x)
    to = draft.call(operator, sample, form)
    differentiate(draft, results(sample, to), leaves(draft), operator.twice)
    return Program(tuple(draft.statements))


def on_a_view(operator: Operator, drawn: Choices, form: str) -> Program:
    """The operator on one row of a larger tensor: the gradient has the shape of the whole."""
    draft = Draft(drawn, smooth=True, requires_grad=operator.differentiable)
    x, base = row(draft, operator)
    sample = operator.call(draft, x)
    to = draft.call(operator, sample, form)
    differentiate(draft, results(sample, to), [base], twice=False)
    return Program(tuple(draft.statements))


def changed_in_place(operator: Operator, seed: str, form: str) -> Iterator[Program]:
    """The in-place form on one row of a copy: nothing where no drawn result can stand where the operand stood."""
    for i in range(8):
        draft = Draft(choices(operator, seed, f"in place {i}"), smooth=True, requires_grad=operator.differentiable)
        x, base = row(draft, operator, copied=True)
        sample = operator.call(draft, x)
        fits = isinstance(sample.result, Meta) and (sample.result.shape, sample.result.dtype) == (
            x.meta.shape,
            x.meta.dtype,
        )
        if fits:
            draft.call(operator, sample, form)
            whole = draft.statements[1].to[0]  # type: ignore[union-attr]
            differentiate(draft, [(whole, replace(x.meta, shape=draft.tensors[base].shape))], [base], twice=False)
            yield Program(tuple(draft.statements))
            return


def row(draft: Draft, operator: Operator, copied: bool = False) -> tuple[Operand, str]:
    """A first tensor that is the second of two rows of a leaf, or of a copy of it; and the name of the leaf."""
    shape = operator.shapes(draft.choices)
    dtype = next(iter(operator.dtypes))
    base = draft.tensor((2, *shape), operator.first, smooth=operator.smooth, dtype=dtype)
    whole = base.name
    if copied:
        whole = draft.new_name()
        draft.statements.append(Call("clone", (base.argument,), {}, "method", (whole,)))
    name = draft.new_name()
    draft.statements.append(Index(name, whole, 1))
    meta = replace(base.meta, shape=shape)
    draft.record(name, meta)
    return Operand(name, meta), base.name


def raising(operator: Operator, drawn: Choices, i: int) -> Program:
    """The call that is the operator's error input number `i`."""
    draft = Draft(drawn)
    draft.call(operator, operator.errors[i].call(draft), next(iter(operator.forms)))
    return Program(tuple(draft.statements))


def results(sample: Sample, to: tuple[str, ...]) -> list[tuple[str, Meta]]:
    """The results that may have a gradient, by name."""
    metas = sample.result if isinstance(sample.result, tuple) else (sample.result,)
    return [(name, meta) for name, meta in zip(to, metas, strict=True) if meta is not None and meta.floating]


def leaves(draft: Draft) -> list[str]:
    """The leaves that require grad."""
    return [each.to for each in draft.statements if isinstance(each, Leaf) and each.requires_grad]


def differentiate(draft: Draft, outputs: list[tuple[str, Meta]], inputs: list[str], twice: bool) -> None:
    """Add what differentiates `outputs`, under two upstream gradients, and, `twice`, what differentiates the gradient."""
    if not outputs or not inputs:
        return
    upstream = [draft.leaf(meta.shape, WEIGHTS, meta.dtype, requires_grad=twice) for _, meta in outputs]
    first = gradient(draft, [name for name, _ in outputs], inputs, upstream, create_graph=twice)
    if not twice:
        return
    other = [draft.leaf(meta.shape, WEIGHTS, meta.dtype) for _, meta in outputs]
    gradient(draft, [name for name, _ in outputs], inputs, other)
    weighted = [total(draft, name, of) for name, of in zip(first, inputs, strict=True)]
    gradient(draft, weighted, [*inputs, *(each.name for each in upstream)], [])


def total(draft: Draft, name: str, of: str) -> str:
    """The sum of the tensor `name`, with the shape of the leaf `of`, weighted by something new."""
    meta = draft.tensors[of]
    weights = draft.leaf(meta.shape, WEIGHTS, meta.dtype)
    product, summed = draft.new_name(), draft.new_name()
    draft.statements.append(Call("*", (Name(name), weights.argument), {}, "operator", (product,)))
    draft.statements.append(Call("sum", (Name(product),), {}, "method", (summed,)))
    return summed


def gradient(
    draft: Draft, outputs: list[str], inputs: list[str], upstream: list[Operand], create_graph: bool = False
) -> tuple[str, ...]:
    """Add `autograd.grad`, with the graph kept and zeros for what was not used; the names of the gradients."""
    kwargs: dict[str, Argument] = {"retain_graph": True, "materialize_grads": True, "allow_unused": True}
    if create_graph:
        kwargs["create_graph"] = True
    if upstream:
        kwargs["grad_outputs"] = List(tuple(each.argument for each in upstream))
    to = tuple(draft.new_name() for _ in inputs)
    names = (List(tuple(map(Name, outputs))), List(tuple(map(Name, inputs))))
    draft.statements.append(Call("autograd.grad", names, kwargs, "function", to))
    return to
