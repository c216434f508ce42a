"""What a random program may do next: a table of moves, each of which adds a statement or a few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gradspec.programs import custom
from gradspec.programs.catalogue.vocabulary import SMALL, Meta, Operand, any_dim
from gradspec.programs.draft import call_of
from gradspec.programs.program import (
    Argument,
    Assign,
    Block,
    Call,
    Constant,
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

GIVES: tuple[Gives, ...] = ("scale", "nothing", "ones", "same", "sum")
DTYPES = ("float64", "float32", "int64")
MODES: tuple[Mode, ...] = ("no_grad", "no_grad", "enable_grad")
OF_FUNCTIONS = (-64.0, 64.0)  # between what the results of custom Functions lie, of numbers up to 4
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
    d.operate(d.choices.pick(d.repertoire.common if d.choices.chance(50) else d.repertoire.computing))


def view(d: RandomDraft) -> None:
    d.operate(d.choices.pick(d.repertoire.viewing))


def change(d: RandomDraft) -> None:
    common = [each for each in d.repertoire.common if each.in_place_forms]
    d.operate(d.choices.pick(common if common and d.choices.chance(40) else d.repertoire.changing), in_place=True)


def overwrite(d: RandomDraft) -> None:
    """Another tensor, a number or zeros in the place of all elements."""
    x, how = d.writable(), d.choices.below(4)
    if how < 2:
        shape = d.choices.pick((x.meta.shape, x.meta.shape, x.meta.shape[1:]))
        source = d.tensor(shape if how == 0 else (), dtype=x.meta.dtype)
        on(d, "fill_" if how else "copy_", source.argument, of=x.name)
        d.track([x.name], [source.name])
        d.changed(x.name, source.meta)
        return
    number = 0.0 if how == 2 else SMALL.whole().values(d.choices, 1)[0]
    on(d, *(("zero_",) if how == 2 else ("fill_", int(number))), of=x.name)
    d.changed(x.name, Meta((), x.meta.dtype, number, number, 0))


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
        d.track([name], [x.name])


def assign(d: RandomDraft) -> None:
    x = d.writable()
    where, shape, _ = index_of(d, x.meta)
    if d.choices.chance(40) or shape is None:
        number = SMALL.values(d.choices, 1)[0]
        value: Argument = number if x.meta.floating else int(number)
        meta = Meta((), x.meta.dtype, number, number, 2)
    else:
        other = d.tensor(d.choices.pick((shape, shape, shape[1:], ())), dtype=x.meta.dtype)
        if d.storage[other.name] == d.storage[x.name]:
            return
        value, meta = other.argument, other.meta
    d.add(Assign(x.name, where, value))
    d.changed(x.name, meta)
    d.track([x.name], [value.name] if isinstance(value, Name) else [])


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
    name = of or d.differentiable().name
    result = d.new_name() if to else ""
    d.add(Call(method, (Name(name), *args), kwargs or {}, "method", (result,) if to else ()))
    return result


def hook(d: RandomDraft) -> None:
    d.hooks += 1
    name = f"hook{d.hooks}"
    kind = d.choices.below(5)
    if kind < 3:
        x = d.again() or d.differentiable()
        d.handles.append(on(d, "register_hook", Lambda(name, d.choices.pick(GIVES)), of=x.name, to=True))
        d.hooked = x.name
    elif kind == 3:
        on(d, "register_post_accumulate_grad_hook", Lambda(name, "nothing"))
    elif d.handles:
        on(d, "remove", of=d.handles.pop())


def retain_grad(d: RandomDraft) -> None:
    x = d.again()
    on(d, "retain_grad", of=x.name if x else None)


def requires_grad(d: RandomDraft) -> None:
    on(d, "requires_grad_", *(() if d.choices.chance(70) else (False,)), of=d.any().name)


def detach(d: RandomDraft) -> None:
    x = d.floating()
    if d.choices.chance(20):
        if d.storage[x.name] not in d.frozen:
            on(d, "detach_", of=x.name)
    elif d.choices.chance(15):
        name = d.new_name()
        d.add(Get(name, x.name, "data"))
        d.note(name, x.meta, of=x.name)
    else:
        d.note(on(d, "detach", of=x.name, to=True), x.meta, of=x.name)


def clone(d: RandomDraft) -> None:
    x = d.any()
    copy = on(d, "clone", of=x.name, to=True)
    d.note(copy, x.meta)
    d.track([copy], [x.name])


def upstream(d: RandomDraft, meta: Meta, recorded: bool) -> Argument:
    """A gradient for a tensor such as `meta` describes: of a pass that is recorded, it may have a history itself."""
    if recorded and d.choices.chance(40):
        return d.tensor(meta.shape, dtype=meta.dtype).argument
    return d.leaf(meta.shape, SMALL, meta.dtype).argument


def backward(d: RandomDraft, of: Operand | None = None) -> None:
    x = of or d.differentiable()
    kwargs: dict[str, Argument] = {}
    if d.choices.chance(50) and d.may("retain_graph"):
        kwargs["retain_graph"] = True
    if d.choices.chance(15) and d.may("higher_order"):
        kwargs["create_graph"] = True
    if d.choices.chance(15) and d.may("partial"):
        kwargs["inputs"] = List(tuple(Name(d.differentiable().name) for _ in range(d.choices.between(1, 2))))
    if x.meta.shape and d.choices.chance(5):
        pass  # which only a tensor of one element may do
    elif x.meta.shape and (d.choices.chance(60) or not d.may("grad_argument")):
        total = on(d, "sum", of=x.name, to=True)
        d.note(total, x.meta.within(x.meta.low * x.meta.size, x.meta.high * x.meta.size, x.meta.grain).reshaped(()))
        x = Operand(total, x.meta)
        d.track([total], [x.name])
    elif x.meta.shape or (d.choices.chance(20) and d.may("grad_argument")):
        other = d.any() if d.choices.chance(5) else x
        fits = other.meta.shape == x.meta.shape
        kwargs["gradient"] = upstream(d, x.meta, "create_graph" in kwargs) if fits else other.argument
    on(d, "backward", of=x.name, kwargs=kwargs)
    lent = kwargs.get("gradient")
    if isinstance(lent, Name) and lent.name in d.tensors and "create_graph" not in kwargs:
        d.forget(lent.name)  # PyTorch lets leaves keep it: nobody should look at it, or change it, any longer


def gradient(d: RandomDraft) -> None:
    """`autograd.grad` of one tensor with respect to one or two."""
    x = d.differentiable()
    inputs = [d.differentiable() for _ in range(d.choices.between(1, 2))]
    kwargs: dict[str, Argument] = {}
    for name, percent in (("retain_graph", 30), ("create_graph", 40), ("allow_unused", 60), ("materialize_grads", 10)):
        if d.choices.chance(percent):
            kwargs[name] = True
    if x.meta.shape:
        kwargs["grad_outputs"] = given = upstream(d, x.meta, "create_graph" in kwargs)
        if isinstance(given, Name) and "create_graph" not in kwargs:
            d.freeze(given.name)  # which a result may share memory with
    to = tuple(d.new_name() for _ in inputs)
    d.add(Call("autograd.grad", (x.argument, List(tuple(each.argument for each in inputs))), kwargs, to=to))
    for name, each in zip(to, inputs, strict=True):
        d.note(name, each.meta.within(*GRADIENT))
        d.freeze(name)


def read_gradient(d: RandomDraft) -> None:
    x, name = d.differentiable(), d.new_name()
    d.add(Get(name, x.name, "grad"))
    d.note(name, x.meta.within(*GRADIENT))
    d.freeze(name)


def clear(d: RandomDraft) -> None:
    x = d.differentiable()
    if d.choices.chance(40):
        fitting, other = (x.meta.shape, x.meta.dtype), (x.meta.shape, d.choices.pick(DTYPES))
        shape, dtype = d.choices.pick((fitting, fitting, fitting, other))
        value: Argument = (d.any() if d.choices.chance(10) else d.tensor(shape, dtype=dtype)).argument
    else:
        value = None
    d.add(Put(x.name, "grad", value))


def zero(d: RandomDraft) -> None:
    x = d.differentiable()
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
    frozen = name in custom.CHANGING and d.storage[x.name] in d.frozen
    if frozen or x.meta.bound > 4 or not x.meta.exact:  # squares, exponentials and rounding follow
        x = d.leaf(x.meta.shape, SMALL, "float64", d.choices.chance(70))
    args = [x] + [d.tensor(x.meta.shape, dtype=x.meta.dtype) for _ in range(tensors - 1)]
    to = tuple(d.new_name() for _ in range(results))
    d.add(Call(name, (*(each.argument for each in args), *others), {}, "custom", to))
    for each in to:
        d.note(each, x.meta.within(*OF_FUNCTIONS), of=x.name if name == "Incremented" else None)
    d.track(to, [each.name for each in args])
    if name == "Incremented":
        d.changed(x.name, x.meta.within(x.meta.low + 1, x.meta.high + 1, x.meta.grain))


def delete(d: RandomDraft) -> None:
    x = d.any()
    if len(d.tensors) > 2:
        d.add(Delete(x.name))
        d.forget(x.name)


def cast(d: RandomDraft) -> None:
    """The same numbers in another dtype."""
    x = d.any()
    if not x.meta.exact or x.meta.dtype.startswith("complex"):
        return
    dtype = d.choices.pick(DTYPES)
    name = on(d, "to", Constant(dtype), of=x.name, to=True)
    if dtype.startswith("int"):
        d.note(name, replace(x.meta, dtype=dtype, grain=0))
    else:
        gone_back_through(d, name, replace(x.meta, dtype=dtype), [x.name])


def gone_back_through(d: RandomDraft, name: str, meta: Meta | None, of: list[str]) -> None:
    """Take note of a result of exact operands of other dtypes.

    No gradient is computed in float32 that goes on to float64, where its rounding would show: if there is any, it goes
    back at once.
    """
    tracked = not d.tracked.isdisjoint(of)
    d.note(name, None if tracked else meta)
    if tracked and d.choices.chance(60):
        on(d, "backward", of=on(d, "sum", of=name, to=True))


def mistake(d: RandomDraft) -> None:
    """A call that raises."""
    operator = d.choices.pick(d.repertoire.computing)
    if operator.errors and "function" in operator.forms:
        d.add(call_of(operator, d.choices.pick(operator.errors).call(d), "function"))


def mixture(d: RandomDraft) -> None:
    """Arithmetic of two tensors, whatever their dtypes and shapes, or of a tensor and a number."""
    x, symbol = d.any(), d.choices.pick(("+", "*", "-"))
    y = d.any()
    if d.choices.chance(60):
        y = d.tensor(d.choices.pick((x.meta.shape, (), x.meta.shape[1:])), dtype=d.choices.pick(DTYPES))
    if x.meta.exact and y.meta.exact:
        number = d.choices.chance(30)
        other: Argument = d.choices.pick((0.5, 2, True)) if number else y.argument
        name = d.new_name()
        d.add(Call(symbol, (x.argument, other), {}, "operator", (name,)))
        gone_back_through(d, name, None, [x.name] if number else [x.name, y.name])


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
    Move(overwrite, 4, ("inplace",)),
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
    Move(cast, 2, ("dtypes",)),
    Move(mixture, 3, ("dtypes",)),
    Move(mistake, 2, ("tensor",)),
)
