"""Views: tensors that share memory, and the gradients that go back through them."""

import gc
import weakref

from gradspec import attempt, scenario


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views"))
def a_view_shares_memory(torch):
    """A slice is a view: it occupies the memory of its base, at an offset, and copies nothing."""
    x = torch.tensor([1.0, 2.0, 3.0])
    view = x[1:]
    yield "starts one element further on", view.data_ptr() - x.data_ptr() == x.element_size()
    yield "offset", view.storage_offset()


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views"))
def a_base_does_not_keep_its_views(torch):
    """A base does not keep its views: one that nobody holds any longer is gone, though its base is still there."""
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[1:]
    seen = weakref.ref(view)
    yield "held", seen() is view
    del view
    gc.collect()
    yield "let go", seen() is None
    yield "its base", base


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes"))
def operators_that_give_views(torch):
    """Slicing, reshaping, transposing and expanding give views of their input, and so do the other operators here."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    results = {
        "select": x[0],
        "slice": x[:, 1:],
        "narrow": x.narrow(0, 1, 1),
        "view": x.view(4),
        "view_as": x.view_as(x),
        "reshape": x.reshape(4),
        "flatten": x.flatten(),
        "t": x.t(),
        "T": x.T,
        "mT": x.mT,
        "transpose": x.transpose(0, 1),
        "permute": x.permute(1, 0),
        "movedim": x.movedim(0, 1),
        "squeeze": x.squeeze(),
        "unsqueeze": x.unsqueeze(0),
        "expand": x.expand(3, 2, 2),
        "expand_as": x.expand_as(x),
        "diagonal": x.diagonal(),
        "unfold": x.unfold(0, 1, 1),
        "as_strided": x.as_strided((2,), (1,)),
        "unflatten": x.unflatten(1, (2, 1)),
        "whole slice": x[:],
        "ellipsis": x[...],
        "None": x[None],
    }
    for name, result in results.items():
        yield name, (result._is_view(), result._base is x)


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes"))
def operators_that_give_copies(torch):
    """Indexing by arrays and masks, `clone`, `flip`, `repeat`, `roll` and `cat` copy: their results are no views."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    results = {
        "index array": x[[1, 0]],
        "mask": x[x > 2],
        "clone": x.clone(),
        "flip": x.flip(0),
        "repeat": x.repeat(1, 2),
        "roll": x.roll(1, 0),
        "cat": torch.cat([x]),
        "index_select": x.index_select(0, torch.tensor([0])),
        "contiguous of a transpose": x.t().contiguous(),
        "reshape of a transpose": x.t().reshape(4),
    }
    for name, result in results.items():
        yield name, (result._is_view(), result.data_ptr() == x.data_ptr())


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes"))
def some_operators_give_their_input_itself(torch):
    """`contiguous`, `to` and `flatten` give the input itself, and no view, where there is nothing to be done."""
    x = torch.tensor([1.0, 2.0])
    yield "contiguous", x.contiguous() is x
    yield "to the same dtype", x.to(torch.float32) is x
    yield "flatten of one dimension", x.flatten() is x
    yield "view_as, which gives a view", x.view_as(x) is x


@scenario(cites="torch.Tensor.view: dtype", needs=("tensor", "views", "dtypes"))
def view_with_a_dtype_reads_the_same_bytes(torch):
    """`view(dtype)` reads the same bytes as elements of another type, and shares the memory."""
    x = torch.tensor([1.0, -2.0])
    bits = x.view(torch.int32)
    yield "as integers", bits
    bits[0] = 0
    yield "the floats afterwards", x


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes"))
def strides_tell_how_memory_is_walked(torch):
    """A view differs from its base in sizes, strides and offset: a transpose swaps strides, an expansion has stride 0."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "base", tuple(x.stride())
    yield "transpose", tuple(x.t().stride())
    yield "every second column", tuple(x[:, ::2].stride())
    yield "unsqueezed in the middle", tuple(x.unsqueeze(1).stride())
    yield "expanded", tuple(x[:1].expand(4, 3).stride())
    yield "diagonal", tuple(x.diagonal().stride())


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes"))
def storage_offsets_add_up(torch):
    """A view of a view counts its storage offset from the beginning of the memory."""
    x = torch.arange(12.0).view(3, 4)
    yield "row 1", x[1].storage_offset()
    yield "row 1, from column 2", x[1][2:].storage_offset()
    yield "the diagonal below", x.diagonal(-1).storage_offset()


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes"))
def a_transpose_is_not_contiguous(torch):
    """is_contiguous says whether the elements lie in row-major order: not so in a transpose or a column."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "a matrix", x.is_contiguous()
    yield "its transpose", x.t().is_contiguous()
    yield "a row", x[0].is_contiguous()
    yield "a column", x[:, 0].is_contiguous()
    yield "the transpose, made contiguous", x.t().contiguous().is_contiguous()


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views"))
def the_base_is_the_root(torch):
    """`_base` of a view of a view is the tensor that owns the memory, not the view in between."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    inner = x[0]
    innermost = inner[1]
    yield "is x", innermost._base is x
    yield "of the owner", x._base


@scenario(cites="torch.Tensor.detach", needs=("tensor", "views", "detach"))
def detach_gives_no_differentiable_view(torch):
    """`detach` and `.data` share the memory, but for autograd they are no views: there is no base to go back to."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for name, other in (("detach", x.detach()), ("data", x.data)):
        yield name, (other.data_ptr() == x.data_ptr(), other._is_view(), other._base is None)


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views"))
def a_view_keeps_its_base_alive(torch):
    """A view holds its base: the memory and the history outlive the base's name."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    view = (x * 2)[1:]
    yield "the base", view._base
    view.sum().backward()
    yield "the gradient", x.grad


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes"))
def gradients_flow_through_chains_of_views(torch):
    """The gradient of a chain of views lands on exactly the elements that the last one shows."""
    x = torch.arange(12.0).requires_grad_()
    last = x.view(3, 4).t()[1:3].flatten(0).reshape(2, 3)[:, ::2]
    last.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "what is shown", last
    yield "its place in the gradient", x.grad.view(3, 4)


@scenario(cites="torch.Tensor.expand", needs=("tensor", "views", "shapes"))
def an_expanded_element_collects_its_copies(torch):
    """The gradient of an expanded tensor is summed over the copies of each element."""
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    x.expand(2, 3).backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "6 and 15", x.grad


@scenario(cites="torch.Tensor.unfold", needs=("tensor", "views", "shapes"))
def overlapping_windows_add_up(torch):
    """`unfold` shows overlapping windows; an element's gradient is the sum over the windows that hold it."""
    x = torch.arange(5.0).requires_grad_()
    windows = x.unfold(0, 3, 1)
    yield "windows", windows
    windows.sum().backward()
    yield "1, 2, 3, 2, 1", x.grad


@scenario(cites="torch.as_strided", needs=("tensor", "views"))
def as_strided_elements_add_up(torch):
    """`as_strided` may show one element in several places; its gradient is the sum over these."""
    x = torch.arange(4.0).requires_grad_()
    shown = torch.as_strided(x, (2, 3), (1, 1))
    yield "what is shown", shown
    shown.backward(torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]))
    yield "the gradient", x.grad


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes", "graph"))
def each_view_operator_is_a_node(torch):
    """Without in-place operations a view's grad_fn is that of the operator that made it."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    results = [x[0], x[1:], x.view(4), x.t(), x.transpose(0, 1), x.unsqueeze(0), x.expand(2, 2, 2), x.diagonal(), x[:]]
    yield "names", [each.grad_fn.name() for each in results]


@scenario(cites="torch.Tensor.requires_grad_", needs=("tensor", "indexing", "views", "inplace", "flags"))
def a_view_can_become_a_leaf(torch):
    """A view of a constant can be made to require grad: a leaf that gets a gradient, while its base stays constant."""
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[1:].requires_grad_()
    (view * 5).sum().backward()
    yield "the view's gradient", view.grad
    yield "the base requires grad", base.requires_grad
    yield "changing the view", attempt(view.mul_, 2)


@scenario(cites="torch.split", needs=("tensor", "views", "shapes"))
def pieces_without_gradient_count_as_zero(torch):
    """The gradient of a tensor of which only some pieces were used is zero in the others."""
    x = torch.arange(5.0).requires_grad_()
    first, _, last = x.split([2, 2, 1])
    (first.sum() * 3 + last.sum() * 7).backward()
    yield "3, 3, 0, 0, 7", x.grad


@scenario(cites="Autograd mechanics: No-grad Mode", needs=("tensor", "indexing", "views", "grad_modes", "flags"))
def a_view_made_under_no_grad_leads_nowhere(torch):
    """A view made under no_grad says that it requires grad where its base does, but no gradient arrives through it."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        view = x[1:]
    yield "the view", view
    result = (view * 2).sum()
    yield "computing with it is recorded", result
    result.backward()
    yield "gradients of base and view", (x.grad, view.grad)


@scenario(cites="torch.Tensor.detach_", needs=("tensor", "indexing", "views", "detach"))
def views_cannot_be_detached_in_place(torch):
    """`detach_` on a view raises an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    view = (x * 2)[1:]
    yield "detach_", attempt(view.detach_)
    yield "detach", view.detach()


@scenario(cites="torch.Tensor.detach_", needs=("tensor", "indexing", "views", "detach", "flags"))
def detaching_a_base_in_place(torch):
    """`detach_` on a base cuts the base off; a view made before keeps its own history."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    y.detach_()
    yield "the base", (y.requires_grad, y.is_leaf)
    view.sum().backward()
    yield "the gradient through the view", x.grad


@scenario(cites="torch.Tensor.data", needs=("tensor", "views", "detach", "flags"))
def assigning_data_replaces_the_memory(torch):
    """Assigning to `.data` gives a tensor other memory: the same object and flags, the assigned values."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    other = torch.tensor([3.0, 4.0])
    x.data = other
    yield "the tensor", x
    yield "shares the new memory", x.data_ptr() == other.data_ptr()
    (x * x).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.data", needs=("tensor", "views", "detach"))
def assigning_data_may_change_the_shape(torch):
    """Assigning to `.data` may change the shape of a tensor."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.data = torch.zeros(3, 1)
    yield "the tensor", x


@scenario(cites="torch.Tensor.data", needs=("tensor", "views", "detach"))
def assigning_something_else_to_data(torch):
    """Only a tensor can be assigned to `.data`."""
    x = torch.tensor([1.0, 2.0])
    yield "a list", attempt(setattr, x, "data", [1.0])
    yield "None", attempt(setattr, x, "data", None)


@scenario(cites="torch.Tensor.data", needs=("tensor", "views", "detach", "versions", "inplace"))
def data_has_a_version_of_its_own(torch):
    """Changes through `.data` are not counted by the tensor's version, those through `detach()` are."""
    x = torch.tensor([1.0, 2.0])
    x.data.mul_(2)
    yield "after a change through .data", x._version
    x.detach().mul_(2)
    yield "after a change through detach()", x._version


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("tensor", "indexing", "views", "inplace", "versions"),
)
def a_view_takes_over_the_version(torch):
    """A view starts at the version of its base, not at 0."""
    base = torch.zeros(3)
    base.add_(1)
    base.add_(1)
    yield "the view's version", base[1:]._version


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing", "views", "graph"))
def selections_are_nodes(torch):
    """Integers, slices and None are a node each, one after the other; all index arrays together are one."""
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    picked = x[1, 1:]
    yield "x[1, 1:]", [picked.grad_fn.name(), picked.grad_fn.next_functions[0][0].name()]
    yield "x[[0, 1], [0, 1]]", x[[0, 1], [0, 1]].grad_fn.name()
    yield "x[None]", x[None].grad_fn.name()
    yield "x[:], x[...], x[:, :]", [x[:].grad_fn.name(), x[...].grad_fn.name(), x[:, :].grad_fn.name()]


@scenario(cites="torch.Tensor.as_strided", needs=("tensor", "views", "inplace"))
def a_change_through_as_strided(torch):
    """A change through an `as_strided` view goes back to the elements that the strides reach, and to them alone."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    y = x * 1
    y.as_strided((2,), (2,), 1).mul_(10)
    yield "changed", y
    y.sum().backward()
    yield "gradient", x.grad


@scenario(cites="torch.Tensor.unbind", needs=("tensor", "views", "inplace"))
def pieces_of_a_constant_stay_constant(torch):
    """Of several views of a constant none may be changed by what requires grad; the RuntimeError says why."""
    first, _ = torch.tensor([1.0, 2.0]).unbind()
    yield "multiplied", attempt(first.mul_, torch.tensor(2.0, requires_grad=True))


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def writing_into_a_view_writes_into_its_base(torch):
    """What is written into a view is written into its base, whichever operator made the view."""
    views = {
        "a row": lambda x: x[1],
        "a slice": lambda x: x[:, 1:],
        "view": lambda x: x.view(6)[4:],
        "reshape": lambda x: x.reshape(3, 2)[2],
        "t": lambda x: x.t()[2],
        "transpose": lambda x: x.transpose(0, 1)[2],
        "permute": lambda x: x.permute(1, 0)[2],
        "unsqueeze": lambda x: x.unsqueeze(0)[:, 1],
        "squeeze": lambda x: x[1:].squeeze(),
        "diagonal": lambda x: x.diagonal(),
        "split": lambda x: x.split(1)[1],
        "unbind": lambda x: x.unbind(1)[2],
        "detach": lambda x: x.detach()[1],
    }
    for name, make in views.items():
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        make(x).zero_()
        yield f"after zeros through {name}", x


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def writing_into_a_copy_leaves_its_source_alone(torch):
    """What is written into a copy is not in its source, whichever operator made the copy."""
    copies = {
        "clone": lambda x: x.clone(),
        "contiguous of a transpose": lambda x: x.t().contiguous(),
        "reshape of a transpose": lambda x: x.t().reshape(6),
        "a list of rows": lambda x: x[[0, 1]],
        "index_select": lambda x: x.index_select(0, torch.tensor([1])),
        "repeat": lambda x: x.repeat(1, 1),
        "flip": lambda x: x.flip(0),
        "roll": lambda x: x.roll(0),
        "tril": lambda x: x.tril(5),
        "diagonal_copy": torch.diagonal_copy,
        "diag": lambda x: x.diag(),
        "cat": lambda x: torch.cat([x]),
        "tensor": lambda x: torch.tensor(x.tolist()),
    }
    for name, make in copies.items():
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        make(x).zero_()
        yield f"after zeros in {name}", x


@scenario(cites="torch.Tensor.copy_", needs=("tensor", "views", "inplace"))
def copied_values_are_not_shared(torch):
    """`copy_` copies the values of another tensor of the same shape: what becomes of either is not seen in the other."""
    x, y = torch.zeros(2), torch.tensor([1.0, 2.0])
    x.copy_(y)
    y.add_(10)
    yield "what was copied into", x
    x.mul_(0)
    yield "what was copied", y


@scenario(cites="torch.no_grad", needs=("tensor", "indexing", "views", "inplace", "grad_modes", "graph"))
def views_follow_changes_that_are_not_recorded(torch):
    """After a change to the base under no_grad, a view comes straight from the base; the gradient is what it was."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    base = x * 2
    view, other = base[1:], base.view(3)
    yield "of a slice, before", view.grad_fn.name()
    with torch.no_grad():
        base.mul_(10)
    yield "of the slice", view.grad_fn.name()
    yield "of the whole", other.grad_fn.name()
    yield "of the base", base.grad_fn.name()
    (view.sum() + other.sum()).backward()
    yield "gradient", x.grad


@scenario(cites="Tensor Views", needs=("tensor", "functions", "views", "indexing", "inplace", "autograd_grad"))
def an_element_is_a_tensor_like_others(torch):
    """A view of one element can be computed with, differentiated and changed as a tensor of its own."""
    w = torch.tensor([[0.5, 2.0]], requires_grad=True)
    x = w[0, 0]
    for name in ("sigmoid", "tanh", "relu", "exp", "sqrt", "log1p", "abs"):
        yield name, (getattr(torch, name)(x), torch.autograd.grad(getattr(torch, name)(x), w)[0])
    base = torch.tensor([[0.5, 2.0]])
    base[0, 0].sigmoid_()
    yield "changed in place", base
