"""Index assignment: every form of index, and whose gradient is whose afterwards."""

from gradspec import attempt, scenario

WRITE = ("tensor", "indexing", "inplace")


def assigned(torch, index, value, shape=(3, 4)):
    """Zeros plus a variable of ones, to which `value` was assigned at `index`, and the gradient of the ones."""
    ones = torch.ones(shape, requires_grad=True)
    y = ones * 1
    y[index] = value
    y.sum().backward()
    return y.detach(), ones.grad


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def assigning_numbers_everywhere(torch):
    """A number can be assigned at every kind of index; the elements overwritten get no gradient."""
    indices = {
        "integer": 1,
        "negative integer": -1,
        "two integers": (1, 2),
        "slice": slice(1, None),
        "slice with step": (slice(None), slice(0, None, 2)),
        "ellipsis": (..., 0),
        "None": (None, 1),
        "list": [0, 2],
        "two lists": ([0, 2], [1, 1]),
        "slice and list": (slice(None), [0, 3]),
        "integer tensor": torch.tensor(2),
        "index tensor": torch.tensor([0, 0]),
        "mask": torch.eye(3, 4) > 0,
        "mask of rows": torch.tensor([True, False, True]),
        "everything": slice(None),
        "True": True,
        "False": False,
    }
    for name, index in indices.items():
        yield name, assigned(torch, index, 7.0)


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def leading_ones_of_a_value_are_dropped(torch):
    """Leading dimensions of size 1 that the place does not have are dropped from the value."""
    y = torch.zeros(2, 3)
    y[0] = torch.tensor([[[1.0, 2.0, 3.0]]])
    yield "y", y


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def assigned_lists_of_values_by_mask(torch):
    """The values assigned by a mask are taken in order."""
    x = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.zeros(2, 2)
    y[torch.tensor([[False, True], [True, False]])] = x
    yield "y", y
    (y * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.__setitem__", needs=("tensor", "indexing", "inplace", "flags"))
def a_constant_takes_up_history(torch):
    """A constant of which one element is assigned from a variable requires grad from then on."""
    x = torch.tensor(3.0, requires_grad=True)
    table = torch.zeros(3)
    table[1] = x * x
    yield "the table", table
    (table * 5).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def a_leaf_refuses_assignment(torch):
    """No kind of index assignment is allowed on a leaf that requires grad."""
    x = torch.zeros(3, requires_grad=True)

    def assign(index):
        x[index] = 1.0

    for name, index in (
        ("integer", 0),
        ("slice", slice(1)),
        ("list", [0]),
        ("mask", torch.tensor([True, False, True])),
    ):
        yield name, attempt(assign, index)


@scenario(cites="torch.Tensor.masked_fill_", needs=WRITE)
def masked_fill_takes_a_number_or_a_scalar(torch):
    """`masked_fill_` writes a number or a scalar tensor, which gets the sum of the gradients."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(9.0, requires_grad=True)
    mask = torch.tensor([True, False, True])
    y = (x * 1).masked_fill_(mask, value)
    yield "filled", y
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    yield "gradients", (x.grad, value.grad)


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def only_tensors_and_numbers_can_be_assigned(torch):
    """Lists, strings and None cannot be assigned: a TypeError names their type."""
    x = torch.zeros(3)
    for name, value in (("list", [1.0, 2.0]), ("string", "1"), ("None", None)):
        yield name, attempt(x.__setitem__, 0, value)


@scenario(cites="torch.Tensor.__setitem__", needs=WRITE)
def items_cannot_be_deleted(torch):
    """`del x[0]` raises a TypeError."""
    yield "deleting", attempt(torch.zeros(3).__delitem__, 0)


@scenario(cites="torch.Tensor.index_put_", needs=WRITE)
def index_put_needs_tensors(torch):
    """`index_put` takes a tensor for every dimension that it indexes: None raises a TypeError."""
    x = torch.zeros(2, 2)
    yield "None", attempt(x.index_put, (None, torch.tensor([1, 0])), torch.ones(2))


@scenario(cites="Tensor Views: slicing", needs=("tensor", "indexing", "inplace", "flags"))
def a_slice_is_what_is_written(torch):
    """Whether a slice is all of a tensor is seen by how it is written: of an empty one `[0:-1]` is a part, `[0:0]` is not."""
    x = torch.empty(0, requires_grad=True)
    yield "[0:-1]", attempt(x.__setitem__, slice(0, -1), 1.0)
    yield "[0:0]", attempt(x.__setitem__, slice(0, 0), 1.0)
