"""What a random program may do next: a table of moves, each of which adds a statement or a few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gradspec.programs import custom
from gradspec.programs.catalogue.vocabulary import SMALL, Meta, Operand, any_dim
from gradspec.programs.program import (
    Argument,
    Assign,
    Block,
    Call,
    Delete,
    Dots,
    Get,
    Gives,
    Index,
    Lambda,
    List,
    Mode,
    Name,
    Put,
    Slice,
    Tuple,
)
from gradspec.programs.random_draft import RandomDraft

GIVES: tuple[Gives, ...] = ("scale", "nothing", "ones", "same")
MODES: tuple[Mode, ...] = ("no_grad", "no_grad", "enable_grad")
GRADIENT = (-64.0, 64.0)  # between what a gradient is taken to lie; nothing is known of it before the program has run


@dataclass(frozen=True)
class Move:
    """A move, how often it is made beside the others, and the capabilities without which it cannot be made."""

    make: Callable[[RandomDraft], None]
    weight: int
    needs: tuple[str, ...] = ()


def leaf(d: RandomDraft) -> None:
    d.new_tensor()


def compute(d: RandomDraft) -> None:
    d.operate(d.choices.pick(d.repertoire.common if d.choices.chance(40) else d.repertoire.computing))


def view(d: RandomDraft) -> None:
    d.operate(d.choices.pick(d.repertoire.viewing))


def change(d: RandomDraft) -> None:
    d.operate(d.choices.pick(d.repertoire.changing), in_place=True)


def index_of(d: RandomDraft, meta: Meta) -> tuple[Argument, tuple[int, ...] | None, bool]:
    """An index of a tensor, the shape of what it picks (None where it is not foretold), and whether that is a view."""
    c, shape = d.choices, meta.shape
    if not shape:
        return Dots(), shape, True
    n = shape[0]
    how = c.below(9)
    if how == 0 and n:
        return c.between(-n, n - 1), shape[1:], True
    if how == 1 and n:
        picked = [c.between(-n, n - 1) for _ in range(c.between(1, 3))]
        return List(tuple(picked)), (len(picked), *shape[1:]), False
    if how == 2 and n:
        mask = [c.chance(50) for _ in range(n)]
        return List(tuple(mask)), (sum(mask), *shape[1:]), False
    if how == 3:
        return Tuple((None, Dots())), (1, *shape), True
    if how == 4 and len(shape) > 1 and shape[-1]:
        return Tuple((Dots(), c.between(-shape[-1], shape[-1] - 1))), shape[:-1], True
    if how == 5 and len(shape) > 1 and n and shape[1]:
        rows, columns = ([c.below(m) for _ in range(2)] for m in shape[:2])
        return Tuple((List(tuple(rows)), List(tuple(columns)))), (2, *shape[2:]), False
    step = c.pick((None, 2))
    start, stop = c.between(0, n), c.pick((None, n - 1, -1, n))
    size = len(range(*slice(start, stop, step).indices(n)))
    return Slice(start, stop, step), (size, *shape[1:]), True


def index(d: RandomDraft) -> None:
    x = d.any()
    if x.meta.shape:
        where, shape, is_view = index_of(d, x.meta)
        name = d.new_name()
        d.add(Index(name, x.name, where))
        d.note(name, None if shape is None else replace(x.meta, shape=shape), of=x.name if is_view else None)


def assign(d: RandomDraft) -> None:
    x = d.any()
    where, shape, _ = index_of(d, x.meta)
    if d.choices.chance(40) or shape is None:
        number = SMALL.values(d.choices, 1)[0]
        value: Argument = number if x.meta.floating else int(number)
        meta = Meta((), x.meta.dtype, number, number, 2)
    else:
        other = d.tensor(d.choices.pick((shape, shape, shape[1:], ())), dtype=x.meta.dtype)
        value, meta = other.argument, other.meta
    d.add(Assign(x.name, where, value))
    d.changed(x.name, meta)


def block(d: RandomDraft) -> None:
    mode: Mode = d.choices.pick(MODES)
    outer, d.statements, d.depth = d.statements, [], d.depth + 1
    for _ in range(d.choices.between(1, 3)):
        d.move()
    body, d.statements, d.depth = tuple(d.statements), outer, d.depth - 1
    if body:
        d.add(Block(mode, body))


def on(
    d: RandomDraft,
    method: str,
    *args: Argument,
    of: str | None = None,
    to: bool = False,
    kwargs: dict[str, Argument] | None = None,
) -> str:
    """Call a method of a tensor, and name what it gives back if that is asked for."""
    name = of or d.floating().name
    result = d.new_name() if to else ""
    d.add(Call(method, (Name(name), *args), kwargs or {}, "method", (result,) if to else ()))
    return result


def hook(d: RandomDraft) -> None:
    d.hooks += 1
    name = f"hook{d.hooks}"
    kind = d.choices.below(5)
    if kind < 3:
        d.handles.append(on(d, "register_hook", Lambda(name, d.choices.pick(GIVES)), to=True))
    elif kind == 3:
        on(d, "register_post_accumulate_grad_hook", Lambda(name, "nothing"))
    elif d.handles:
        on(d, "remove", of=d.handles.pop())


def retain_grad(d: RandomDraft) -> None:
    on(d, "retain_grad")


def requires_grad(d: RandomDraft) -> None:
    on(d, "requires_grad_", *(() if d.choices.chance(70) else (False,)))


def detach(d: RandomDraft) -> None:
    x = d.floating()
    if d.choices.chance(20):
        on(d, "detach_", of=x.name)
    elif d.choices.chance(15):
        name = d.new_name()
        d.add(Get(name, x.name, "data"))
        d.note(name, x.meta, of=x.name)
    else:
        d.note(on(d, "detach", of=x.name, to=True), x.meta, of=x.name)


def clone(d: RandomDraft) -> None:
    x = d.any()
    d.note(on(d, "clone", of=x.name, to=True), x.meta)


def backward(d: RandomDraft) -> None:
    x = d.floating()
    kwargs: dict[str, Argument] = {}
    if d.choices.chance(50) and d.may("retain_graph"):
        kwargs["retain_graph"] = True
    if d.choices.chance(15) and d.may("higher_order"):
        kwargs["create_graph"] = True
    if d.choices.chance(15) and d.may("partial"):
        kwargs["inputs"] = List(tuple(Name(d.floating().name) for _ in range(d.choices.between(1, 2))))
    if x.meta.shape and (d.choices.chance(60) or not d.may("grad_argument")):
        total = on(d, "sum", of=x.name, to=True)
        d.note(total, x.meta.within(x.meta.low * x.meta.size, x.meta.high * x.meta.size, x.meta.grain).reshaped(()))
        x = Operand(total, x.meta)
    elif x.meta.shape or (d.choices.chance(20) and d.may("grad_argument")):
        kwargs["gradient"] = d.tensor(x.meta.shape, dtype=x.meta.dtype).argument
    on(d, "backward", of=x.name, kwargs=kwargs)


def gradient(d: RandomDraft) -> None:
    """`autograd.grad` of one tensor with respect to one or two."""
    x = d.floating()
    inputs = [d.floating() for _ in range(d.choices.between(1, 2))]
    kwargs: dict[str, Argument] = {}
    if x.meta.shape:
        kwargs["grad_outputs"] = d.tensor(x.meta.shape, dtype=x.meta.dtype).argument
    for name, percent in (("retain_graph", 30), ("create_graph", 40), ("allow_unused", 60), ("materialize_grads", 10)):
        if d.choices.chance(percent):
            kwargs[name] = True
    to = tuple(d.new_name() for _ in inputs)
    d.add(Call("autograd.grad", (x.argument, List(tuple(each.argument for each in inputs))), kwargs, to=to))
    for name, each in zip(to, inputs, strict=True):
        d.note(name, each.meta.within(*GRADIENT))


def read_gradient(d: RandomDraft) -> None:
    x, name = d.floating(), d.new_name()
    d.add(Get(name, x.name, "grad"))
    d.note(name, x.meta.within(*GRADIENT))


def clear(d: RandomDraft) -> None:
    x = d.floating()
    if d.choices.chance(40):
        value: Argument = d.tensor(x.meta.shape, dtype=x.meta.dtype).argument
    else:
        value = None
    d.add(Put(x.name, "grad", value))


def zero(d: RandomDraft) -> None:
    x = d.floating()
    name = d.new_name()
    d.add(Get(name, x.name, "grad"))
    on(d, "zero_", of=name)


def write_data(d: RandomDraft) -> None:
    x = d.floating()
    other = d.tensor(x.meta.shape, dtype=x.meta.dtype)
    d.add(Put(x.name, "data", other.argument))
    d.changed(x.name, other.meta)


def custom_function(d: RandomDraft) -> None:
    name = d.choices.pick(sorted(custom.TAKES))
    tensors, others, results = custom.TAKES[name]
    x = d.floating()
    if x.meta.bound > 8:  # squares and exponentials follow
        x = d.tensor(x.meta.shape)
    args = [x] + [d.tensor(x.meta.shape, dtype=x.meta.dtype) for _ in range(tensors - 1)]
    to = tuple(d.new_name() for _ in range(results))
    d.add(Call(name, (*(each.argument for each in args), *others), {}, "custom", to))
    for each in to:
        d.note(each, None)
    if name == "Incremented":
        d.changed(x.name, x.meta.within(x.meta.low + 1, x.meta.high + 1, x.meta.grain))


def delete(d: RandomDraft) -> None:
    x = d.any()
    if len(d.tensors) > 2:
        d.add(Delete(x.name))
        d.forget(x.name)


def spread(d: RandomDraft) -> None:
    """A view whose elements overlap in memory, and a change through it or of what it shows."""
    x = d.any()
    if x.meta.shape and any_dim(d.choices, len(x.meta.shape)):
        d.note(
            on(d, "expand", 2, *x.meta.shape, of=x.name, to=True), replace(x.meta, shape=(2, *x.meta.shape)), of=x.name
        )


MOVES = (
    Move(compute, 30),
    Move(view, 12, ("views",)),
    Move(change, 14, ("inplace",)),
    Move(leaf, 4),
    Move(index, 6, ("indexing",)),
    Move(assign, 6, ("inplace", "indexing")),
    Move(block, 5, ("grad_modes",)),
    Move(backward, 12),
    Move(gradient, 6, ("autograd_grad",)),
    Move(hook, 5, ("hooks",)),
    Move(retain_grad, 3, ("flags",)),
    Move(requires_grad, 2, ("flags",)),
    Move(detach, 4, ("detach",)),
    Move(clone, 3, ("functions",)),
    Move(read_gradient, 3, ("clear_grad",)),
    Move(clear, 2, ("clear_grad",)),
    Move(zero, 2, ("clear_grad",)),
    Move(write_data, 1, ("flags", "inplace")),
    Move(custom_function, 4, ("custom_function",)),
    Move(delete, 2, ("tensor",)),
    Move(spread, 2, ("views",)),
)
