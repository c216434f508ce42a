"""Shared memory: every kind of view written to in every way, and operands that are the memory which is written to."""

import math

from gradspec import attempt, scenario

NEEDS = (
    "tensor",
    "functions",
    "indexing",
    "shapes",
    "views",
    "inplace",
    "graph",
    "autograd_grad",
    "dtypes",
    "broadcasting",
)


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).clone()


def outcome(change, *args):
    """That a change was made, or why not."""
    found = attempt(change, *args)
    return "done" if found.error is None else found


def add_to(x, other):
    x += other


def views(torch):
    """What is a view of a tensor of 2 x 3 x 4."""
    return {
        "a slice": lambda y: y[1],
        "the last": lambda y: y.select(2, -1),
        "a part": lambda y: y.narrow(1, 1, 2),
        "every other": lambda y: y[:, :, ::2],
        "turned": lambda y: y.transpose(0, 2),
        "a matrix turned": lambda y: y[0].t(),
        "in another order": lambda y: y.permute(2, 0, 1),
        "a row": lambda y: y.view(-1),
        "in another shape": lambda y: y.reshape(4, 6),
        "with one more": lambda y: y.unsqueeze(1),
        "with one less": lambda y: y[:, :1].squeeze(1),
        "moved": lambda y: y.movedim(0, -1),
        "its parts": lambda y: y.unflatten(2, (2, 2)),
        "diagonals": lambda y: y.diagonal(0, 1, 2),
        "windows": lambda y: y.unfold(2, 2, 2),
        "strides": lambda y: y.as_strided((2, 3), (12, 4), 1),
        "strides of a part": lambda y: y[1].as_strided((2, 2), (1, 5), 3),
        "a part of a part": lambda y: y[1][1:, 2:],
        "a part turned of a part": lambda y: y[:, 1:].transpose(0, 1)[1],
        "one element": lambda y: y[1, 2, 3],
        "all": lambda y: y[...],
        "nothing": lambda y: y[:, 3:],
    }


CHANGES = {
    "times a tensor": lambda v, w: v.mul_(w),
    "plus a tensor": lambda v, w: v.add_(w, alpha=-2),
    "over a number": lambda v, w: v.div_(4),
    "copied": lambda v, w: v.copy_(w),
    "filled": lambda v, w: v.fill_(1.5),
    "filled with a tensor": lambda v, w: v.fill_(w),
    "zeroed": lambda v, w: v.zero_(),
    "exp": lambda v, w: v.exp_(),
    "clamped": lambda v, w: v.clamp_(-1.5, 1.25),
    "masked": lambda v, w: v.masked_fill_(v > 0, w),
    "a power": lambda v, w: v.pow_(2),
    "assigned": lambda v, w: v.__setitem__(..., w),
}


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=NEEDS)
def every_view_changed_in_every_way(torch):
    """A change through a view is one to the base and to every other view: in value, in history, and in the gradient."""
    x, w = numbers(torch, 2, 3, 4).requires_grad_(), torch.tensor(1.75, dtype=torch.float64, requires_grad=True)
    upstream = numbers(torch, 2, 3, 4, step=5)
    for number, (label, take) in enumerate(views(torch).items()):
        for how in list(CHANGES)[number % 6 :: 6]:
            y, change = x * 2, CHANGES[how]
            other = y[:, 1:, 1]
            change(take(y), w)
            given = torch.autograd.grad(y, (x, w), upstream, retain_graph=True, allow_unused=True)
            through = torch.autograd.grad(other, x, upstream[:, 1:, 1], allow_unused=True) if number % 3 else ()
            yield f"{label}, {how}", (y.detach(), y.grad_fn.name(), other.grad_fn.name(), *given, *through)


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "higher_order"))
def changes_to_views_differentiated_twice(torch):
    """Through a change to a view the gradient of the gradient goes back as well, by the way that the view came."""
    x, w = numbers(torch, 2, 3, 4).requires_grad_(), torch.tensor(1.75, dtype=torch.float64, requires_grad=True)
    for label, take in list(views(torch).items())[::3]:
        y = x * x
        view = take(y)
        view.mul_(w)
        view.add_(view.detach().clone() * w)
        (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        second = torch.autograd.grad((first * numbers(torch, 2, 3, 4, step=5)).sum(), (x, w), allow_unused=True)
        yield label, (first.detach(), *second)
        y = x * 2
        view = take(y)
        y.mul_(w)
        (first,) = torch.autograd.grad((view * view).sum(), x, create_graph=True)
        yield f"{label}, its base changed", (first.detach(), torch.autograd.grad(first.sum(), x, allow_unused=True)[0])


@scenario(cites="torch.Tensor.expand", needs=(*NEEDS, "higher_order"))
def expanded_views_of_changed_bases(torch):
    """The gradient of an expanded view is summed to its base's, also where that was changed after the view was made."""
    x, w = numbers(torch, 2, 3, 4).requires_grad_(), torch.tensor(1.75, dtype=torch.float64, requires_grad=True)
    for label, take in {
        "a size": lambda y: y[:, :1].expand(2, 3, 4),
        "in front": lambda y: y[0].expand(2, 3, 4),
        "both": lambda y: y[1, :1].expand(5, 2, 4),
        "and turned": lambda y: y[:, :1].expand(2, 3, 4).transpose(0, 2),
        "and a part": lambda y: y[1, :1].expand(5, 2, 4)[1:3, 1],
        "of one element": lambda y: y[1, 2, 3].expand(2, 2),
        "of one": lambda y: y[:1, :1, :1].expand(1, 1, 1),
        "to nothing": lambda y: y[:, :1].expand(2, 0, 4),
    }.items():
        y = x * x
        view = take(y)
        y.mul_(w)
        total = (view * numbers(torch, *view.shape, step=5) * view).sum()
        first = torch.autograd.grad(total, (x, w), create_graph=True)
        second = attempt(torch.autograd.grad, first[0].sum() + first[1], (x, w), allow_unused=True)
        yield label, [view.detach(), view.grad_fn.name(), *[each.detach() for each in first], second]


@scenario(cites="Tensor Views", needs=(*NEEDS, "versions", "flags"))
def constants_changed_through_views(torch):
    """A change to a view of a constant changes the constant, and counts for both; with what requires grad, both require it."""
    w = torch.tensor(1.75, dtype=torch.float64, requires_grad=True)
    for number, (label, take) in enumerate(views(torch).items()):
        for how in list(CHANGES)[(number + 3) % 8 :: 8]:
            y, change = numbers(torch, 2, 3, 4), CHANGES[how]
            other, view = y[:, 1:, 1], take(y)
            change(view, w.detach())
            before = y.clone()
            change(view, w)
            yield (
                f"{label}, {how}",
                [before, y, other.requires_grad, view.requires_grad, y._version, view._version, other._version],
            )


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=NEEDS)
def operands_in_the_memory_written_to(torch):
    """An operand that is, in part, the memory which is written to is refused; all of it, in the same order, is not."""
    changes = {
        "itself": lambda x: x.add_(x),
        "all of it": lambda x: x.add_(x[:]),
        "all of it, in the same shape": lambda x: x.add_(x.view(4, 4)),
        "turned": lambda x: x.add_(x.t()),
        "turned, itself": lambda x: x.t().add_(x),
        "turned twice": lambda x: x.t().add_(x.t()),
        "a row of it": lambda x: x.add_(x[0]),
        "the same row": lambda x: x[1].add_(x[1]),
        "another row": lambda x: x[1].add_(x[2]),
        "rows shifted": lambda x: x[1:].add_(x[:-1]),
        "rows apart": lambda x: x[2:].add_(x[:2]),
        "columns apart": lambda x: x[:, 2:].add_(x[:, :2]),
        "columns in between": lambda x: x[:, ::2].add_(x[:, 1::2]),
        "an element": lambda x: x.add_(x[1, 2]),
        "one element of one row": lambda x: x[0, 1:2].add_(x[0, 1]),
        "one element of size one": lambda x: x[0, 1:2].add_(x[0, 1:2].view(1)),
        "one row as a matrix": lambda x: x[1:2].add_(x[1]),
        "one row with one more": lambda x: x[1:2].add_(x[1].unsqueeze(0)),
        "one column with one more": lambda x: x[:, 1:2].add_(x[:, 1].unsqueeze(1)),
        "a row with one more": lambda x: x[1].unsqueeze(0).add_(x[1].unsqueeze(0)),
        "nothing": lambda x: x[:0].add_(x[:0]),
        "nothing elsewhere": lambda x: x[:0].add_(x[1:1]),
        "through detach": lambda x: x[1:].add_(x.detach()[:-1]),
        "itself through detach": lambda x: x.add_(x.detach()),
        "copied to itself": lambda x: x.copy_(x),
        "copied, turned": lambda x: x.copy_(x.t()),
        "copied, shifted": lambda x: x[1:].copy_(x[:-1]),
        "copied apart": lambda x: x[2:].copy_(x[:2]),
        "filled with an element": lambda x: x.fill_(x[1, 1]),
        "filled with itself": lambda x: x[1, 1].fill_(x[1, 1]),
        "masked by an element": lambda x: x.masked_fill_(x > 0, x[1, 2]),
        "rows filled with an element": lambda x: x.index_fill_(0, torch.tensor([0, 2]), x[1, 2]),
        "times itself": lambda x: x.mul_(x),
        "divided by a row": lambda x: x.div_(x[3]),
        "less itself": lambda x: x.sub_(x),
        "a power of itself": lambda x: x.abs_().pow_(x),
        "lerp to itself": lambda x: x.lerp_(x, 0.5),
        "lerp to a row": lambda x: x.lerp_(x[1].expand(4, 4), 0.5),
        "addcmul of itself": lambda x: x.addcmul_(x, x),
        "addcmul of rows": lambda x: x[1:].addcmul_(x[1:], x[:-1]),
        "clamped by a row": lambda x: x.clamp_(x[0]),
        "maximum by where": lambda x: x.copy_(torch.where(x > 0, x, x.t())),
        "put into itself": lambda x: x.__setitem__(torch.tensor([0, 1]), x[2:]),
        "put into what it is": lambda x: x.__setitem__(torch.tensor([2, 3]), x[2:]),
        "put by a mask": lambda x: x.__setitem__(x > 0, x[0, 0]),
        "put by a mask, a row": lambda x: x.__setitem__(torch.tensor([True, False, True, False]), x[1]),
        "index_add of itself": lambda x: x.index_add_(0, torch.tensor([0, 1, 2, 3]), x),
        "index_add of rows": lambda x: x[:2].index_add_(0, torch.tensor([0, 1]), x[2:]),
        "index_copy of itself": lambda x: x.index_copy_(0, torch.tensor([1, 0, 2, 3]), x),
        "index_copy of rows": lambda x: x.index_copy_(0, torch.tensor([1, 0]), x[2:]),
        "scatter of itself": lambda x: x.scatter_(0, torch.tensor([[0, 1, 2, 3]]), x),
        "scatter of another": lambda x: x.scatter_(0, torch.tensor([[0, 1, 2, 3]]), x.clone()),
        "scatter_add of itself": lambda x: x.scatter_add_(0, torch.tensor([[0, 1, 2, 3]]), x),
        "put_ of itself": lambda x: x.put_(torch.tensor([0, 1]), x[0, :2]),
        "put_ of another": lambda x: x[1:].put_(torch.tensor([0, 1]), x[0, :2]),
        "index_reduce of itself": lambda x: x.index_reduce_(0, torch.tensor([0, 1, 2, 3]), x, "prod"),
        "cumsum": lambda x: x.cumsum_(0),
        "transposed": lambda x: x.t_().add_(x),
    }
    for number, (label, change) in enumerate(changes.items()):
        for kind in ("constant", "recorded") if number % 6 == 0 else ("recorded",):
            leaf = numbers(torch, 4, 4)
            x = leaf if kind == "constant" else leaf.requires_grad_() * 1
            error = attempt(change, x).error
            yield f"{label}, {kind}", ("taken" if error is None else f"{type(error).__name__}: {error}", x.detach())
            if kind == "recorded" and error is None:
                found = attempt(torch.autograd.grad, x, leaf, numbers(torch, 4, 4, step=5), allow_unused=True)
                yield f"{label}, the gradient", found


@scenario(cites="torch.Tensor.expand", needs=NEEDS)
def elements_in_one_place_written_to(torch):
    """To elements that share one place nothing is written that could differ; what may be, is written, at times with a warning."""
    shapes = {
        "a number": lambda x: x[0, 0].expand(3),
        "a row": lambda x: x[0].expand(3, 4),
        "a column": lambda x: x[:, :1].expand(2, 4),
        "of size one": lambda x: x[:1].expand(1, 4),
        "nothing": lambda x: x[:0, :1].expand(0, 4),
        "a part": lambda x: x[0].expand(3, 4)[1],
        "a row of one": lambda x: x[0].expand(3, 4)[:1],
    }
    changes = {
        "add": lambda v: v.add_(1),
        "add a tensor": lambda v: v.add_(torch.ones(v.shape, dtype=v.dtype)),
        "mul": lambda v: v.mul_(2.0),
        "exp": lambda v: v.exp_(),
        "zero": lambda v: v.zero_(),
        "fill": lambda v: v.fill_(2.5),
        "fill with a tensor": lambda v: v.fill_(torch.tensor(2.5)),
        "copy itself": lambda v: v.copy_(v),
        "copy": lambda v: v.copy_(torch.ones(v.shape)),
        "masked_fill": lambda v: v.masked_fill_(torch.ones(v.shape, dtype=torch.bool), 3.5),
        "masked_fill with a tensor": lambda v: v.masked_fill_(torch.ones(v.shape, dtype=torch.bool), torch.tensor(3.5)),
        "index_fill": lambda v: v.index_fill_(0, torch.tensor([0]), 3.5) if v.numel() else v,
        "index_fill the last": lambda v: v.index_fill_(-1, torch.tensor([0]), 3.5) if v.numel() else v,
        "assigned": lambda v: v.__setitem__(..., 4.5),
        "assigned to a row": lambda v: v.__setitem__(0, 4.5) if v.numel() else v,
        "assigned by an index": lambda v: v.__setitem__(torch.tensor([0]), 4.5) if v.numel() else v,
        "assigned by a mask": lambda v: v.__setitem__(torch.ones(v.shape, dtype=torch.bool), 4.5),
        "nan_to_num": lambda v: v.nan_to_num_(),
        "clamp": lambda v: v.clamp_(0, 1),
    }
    for number, (label, take) in enumerate(shapes.items()):
        for how in changes if label == "a row" else list(changes)[number % 5 :: 5]:
            x = numbers(torch, 2, 4)
            yield f"{label}, {how}", [outcome(changes[how], take(x)), x]
    rows = numbers(torch, 3, 4)
    for one, other in ((0, 1), (1, 0), (2, 2)):
        part = rows[one].expand(2, 4)
        yield f"row {one} from row {other}", outcome(part.copy_, rows[other].expand(2, 4))
    for how in ("neg_", "abs_", "sgn_", "square_", "bitwise_not_", "zero_", "nan_to_num_"):
        whole = torch.tensor([1, -2, 3]).expand(2, 3)
        yield f"whole numbers, {how}", outcome(getattr(whole, how))
    counts = torch.tensor([1, 2]).expand(3, 2)
    yield "whole numbers without nan", attempt(counts.nan_to_num_)
    leaf = numbers(torch, 2, 4).requires_grad_()
    for how, change in changes.items():
        y = leaf * 1
        found = outcome(change, y[0].expand(3, 4))
        back = attempt(torch.autograd.grad, y, leaf, torch.ones(2, 4), allow_unused=True) if found == "done" else None
        yield f"recorded, {how}", [found, back]
    for label, other in (("text", "a"), ("None", None), ("a list", [1.0, 2.0])):
        yield f"plus {label}", outcome(add_to, numbers(torch, 4).expand(3, 4), other)
        yield f"recorded, plus {label}", outcome(add_to, leaf[0] * 1, other)
        yield f"plain, plus {label}", outcome(add_to, numbers(torch, 4), other)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=(*NEEDS, "flags", "grad_modes", "detach"))
def views_that_begin_to_require_grad(torch):
    """A view requires grad with its base: if that begins to afterwards, if it was changed before, or detached, or made
    under no_grad."""
    for changed in (False, True):
        for how in ("plain", "no_grad", "detached", "pieces"):
            base = numbers(torch, 4)
            if how == "no_grad":
                with torch.no_grad():
                    view = base[1:]
            else:
                view = base.detach()[1:] if how == "detached" else base.split(2)[1] if how == "pieces" else base[1:]
            if changed:
                base.mul_(2)
            base.requires_grad_()
            label = f"{how}, {'changed before' if changed else 'as it was'}"
            yield label, attempt(lambda view=view: [view.requires_grad, view.is_leaf, view])
            yield f"{label}, used", attempt(lambda view=view: (view * 2).requires_grad)
            yield f"{label}, gone back through", attempt(lambda view=view: (view * 3).sum().backward())
            yield f"{label}, gone back from", outcome(lambda view=view: view.backward(view.detach()))
            yield f"{label}, its gradient", [base.grad, attempt(lambda view=view: view.grad)]
            yield f"{label}, changed", outcome(view.add_, 1)
            base.requires_grad_(False)
            yield f"{label}, no longer", attempt(lambda view=view: view.requires_grad)
            yield f"{label}, no longer, changed", outcome(view.add_, 1)
            yield f"{label}, in the end", [base, attempt(lambda view=view: view.detach())]
    x = numbers(torch, 2, 3).requires_grad_()
    for label, take in {
        "a slice": lambda y: y[1],
        "one of several": lambda y: y.unbind()[0],
        "turned": lambda y: y.t(),
    }.items():
        y = x * 2
        with torch.no_grad():
            inside = take(y)
            y.add_(1)
            yield f"{label} under no_grad", [inside, inside.requires_grad]
        outside = take(y)
        with torch.no_grad():
            outside.mul_(2)
        yield f"{label}, changed under no_grad", [y.detach(), y.grad_fn.name()]
        yield f"{label}, used", attempt(lambda v=outside: torch.autograd.grad((v * v).sum(), x, allow_unused=True))
        y = x * 2
        first, second = take(y), take(y)
        yield f"{label}, changed", outcome(first.mul_, 3)
        yield f"{label}, the other", attempt(lambda v=second: (v * 1).detach())


@scenario(cites="torch.Tensor.add_", needs=NEEDS)
def results_that_fit_into_their_place(torch):
    """What is written in place keeps the dtype and the shape of its place: of a lower kind, and of fewer sizes, or not at all."""
    w = {
        "float64": torch.tensor([0.5, 1.5, 2.5], dtype=torch.float64),
        "float32": torch.tensor([0.5, 1.5, 2.5]),
        "float16": torch.tensor([0.5, 1.5, 2.5], dtype=torch.float16),
        "int64": torch.tensor([3, -1, 2]),
        "int8": torch.tensor([3, -1, 2], dtype=torch.int8),
        "bool": torch.tensor([True, False, True]),
        "complex64": torch.tensor([1 + 1j, 2j, 3]),
    }
    for n, (name, one) in enumerate(w.items()):
        for m, (other_name, other) in enumerate(w.items()):
            for how in ("mul_", "div_") if (n + m) % 2 else ("add_", "copy_"):
                if how == "add_" and name == other_name == "bool":
                    continue
                found = attempt(getattr(one.clone(), how), other)
                yield f"{name}, {how}, {other_name}", found if found.error is None else type(found.error).__name__
    for shape in ((3,), (1,), (2, 3), (1, 3), (2, 1), ()):
        for other in ((3,), (1,), (2, 3), (1, 3), (2, 1), (), (4, 2, 3)):
            yield f"{shape}, {other}", outcome(torch.zeros(shape).add_, torch.ones(other))
    yield "recorded", outcome(torch.zeros(3).mul_, torch.ones(2, 3, requires_grad=True))


@scenario(cites="torch.as_strided", needs=(*NEEDS, "higher_order"))
def strides_through_every_memory(torch):
    """`as_strided` walks the memory, not the tensor: of what is turned, cut or expanded, too, and the gradient walks it back."""
    layouts = {
        "in order": lambda x: x * 1,
        "turned": lambda x: (x * 1).permute(2, 0, 1),
        "turned before": lambda x: x.permute(2, 0, 1) * 1,
        "turned and copied": lambda x: x.transpose(0, 2).contiguous(),
        "a part": lambda x: (x * 1)[1:, :, 1:],
        "every other": lambda x: (x * 1)[:, :, ::2],
        "a row": lambda x: (x * 1)[1, 2],
        "expanded": lambda x: (x[:, :1] * 1).expand(2, 3, 4),
        "a leaf": lambda x: x,
    }
    walks = (((2, 3), (3, 1), 0), ((3, 2), (1, 3), 2), ((2, 2, 2), (1, 2, 1), 1), ((4,), (0,), 3), ((), (), 5))
    for number, (label, lay) in enumerate(layouts.items()):
        for size, stride, offset in walks[number % 3 :: 3]:
            x = numbers(torch, 2, 3, 4).requires_grad_()
            found = attempt(lambda lay=lay, x=x, a=(size, stride, offset): lay(x).as_strided(*a))
            if found.error is not None:
                yield f"{label}, {size}, {stride}, {offset}", found
                continue
            part = found.value
            upstream = numbers(torch, *size, step=5)
            (first,) = torch.autograd.grad(part * part, x, upstream, create_graph=True)
            second = attempt(torch.autograd.grad, first.sum(), x)
            yield f"{label}, {size}, {stride}, {offset}", [part.detach(), part.stride(), first.detach(), second]
        x = numbers(torch, 2, 3, 4).requires_grad_()
        yield f"{label}, as it lies", [lay(x).stride(), lay(x).storage_offset(), lay(x).is_contiguous()]


@scenario(cites="torch.Tensor.fill_diagonal_", needs=(*NEEDS, "flags"))
def diagonals_that_are_filled(torch):
    """`fill_diagonal_` fills what has the same index everywhere; of a tall matrix, where asked, also after a row left out."""
    for shape in (
        (3, 3),
        (2, 5),
        (7, 3),
        (4, 3),
        (9, 1),
        (2, 2, 2),
        (3, 3, 3),
        (2, 3, 3),
        (3, 2),
        (3,),
        (),
        (0, 3),
        (2, 0),
    ):
        for wrap in (False, True) if len(shape) == 2 else (False,):
            x = numbers(torch, *shape)
            yield f"{shape}, {wrap}", [outcome(x.fill_diagonal_, 7.5, wrap), x, x._version]
    for shape, wrap in (((2, 5), False), ((5, 2), False), ((7, 3), True), ((3, 3, 3), False)):
        leaf = numbers(torch, *shape).requires_grad_()
        y = (leaf * 2).fill_diagonal_(7.5, wrap)
        yield f"{shape}, {wrap}, the gradient", torch.autograd.grad(y, leaf, numbers(torch, *shape, step=5))
    for label, part in {
        "turned": lambda x: x.t(),
        "a part": lambda x: x[1:, 1:3],
        "every other": lambda x: x[:, ::2],
    }.items():
        x = numbers(torch, 7, 5)
        part(x).fill_diagonal_(7.5, wrap=True)
        yield label, x
    yield "by default", numbers(torch, 7, 3).fill_diagonal_(7.5)
    yield "of whole numbers", torch.zeros(2, 2, dtype=torch.int64).fill_diagonal_(3)
    yield "of a leaf", outcome(numbers(torch, 2, 2).requires_grad_().fill_diagonal_, 1.0)
