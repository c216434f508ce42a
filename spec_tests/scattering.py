"""Scattering: writing to, and reading from, the places that an index names."""

from gradspec import attempt, scenario

TABLE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
ROWS = [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]
NEEDS = ("tensor", "indexing", "shapes")


def gradients(torch, function, *data):
    """The result of `function` on the tensors, and their gradients, where the result's elements have weights 1, 2, 3, ..."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    y = function(*tensors)
    (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum().backward()
    return (y.detach(), *(t.grad for t in tensors))


def changed(torch, change, *data):
    """What `change` made of twice the first tensor, in place, and the gradients of all."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    y = tensors[0] * 2
    change(y, *tensors[1:])
    (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum().backward()
    return (y.detach(), y.grad_fn.name(), *(t.grad for t in tensors))


@scenario(cites="torch.Tensor.index_add_", needs=NEEDS)
def added_rows(torch):
    """`index_add` adds to the rows that the index names, twice where one is named twice; both sides have gradients."""
    index = torch.tensor([2, 0])
    yield "rows", gradients(torch, lambda x, s: x.index_add(0, index, s), TABLE, ROWS)
    yield "scaled", gradients(torch, lambda x, s: torch.index_add(x, 0, index, s, alpha=0.5), TABLE, ROWS)
    yield "the same twice", gradients(torch, lambda x, s: x.index_add(0, torch.tensor([1, 1]), s), TABLE, ROWS)
    columns = [[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]
    yield "columns", gradients(torch, lambda x, s: x.index_add(-1, index, s), TABLE, columns)


@scenario(cites="torch.Tensor.index_copy_", needs=NEEDS)
def copied_rows(torch):
    """`index_copy` writes over the rows that the index names, whose old values lose their gradient."""
    yield "rows", gradients(torch, lambda x, s: x.index_copy(0, torch.tensor([2, 0]), s), TABLE, ROWS)
    columns = [[10.0], [20.0], [30.0]]
    yield "columns", gradients(torch, lambda x, s: torch.index_copy(x, 1, torch.tensor([1]), s), TABLE, columns)


@scenario(cites="torch.Tensor.index_fill_", needs=NEEDS)
def filled_rows(torch):
    """`index_fill` writes a number, or a tensor without dimensions, which receives the sum of the gradients there."""
    index = torch.tensor([0, 2])
    yield "a number", gradients(torch, lambda x: x.index_fill(1, index, -1.0), TABLE)
    yield "a tensor", gradients(torch, lambda x, v: torch.index_fill(x, 0, index, v), TABLE, -1.0)


@scenario(cites="torch.Tensor.scatter_", needs=NEEDS)
def scattered_elements(torch):
    """`scatter` writes each element to the place along a dimension that the index has for it."""
    index = torch.tensor([[2, 0, 1], [0, 1, 2]])
    yield "along 0", gradients(torch, lambda x, s: x.scatter(0, index, s), TABLE, ROWS)
    yield "along 1", gradients(torch, lambda x, s: torch.scatter(x, 1, index, s), TABLE, ROWS)
    yield "a number", gradients(torch, lambda x: x.scatter(1, index[:, :1], -1.0), TABLE)


@scenario(cites="torch.Tensor.scatter_", needs=NEEDS)
def an_index_smaller_than_its_source(torch):
    """Where the index is smaller than the source, the rest of the source is not used, and backward to it raises an error."""
    x, source = torch.tensor(TABLE), torch.tensor(ROWS, requires_grad=True)
    y = x.scatter(0, torch.tensor([[2, 0]]), source)
    yield "the result", y.detach()
    yield "backward", attempt(y.sum().backward)


@scenario(cites="torch.Tensor.scatter_add_", needs=NEEDS)
def added_elements(torch):
    """`scatter_add` adds, as often as a place is named; scatter(reduce="add") does the same."""
    index = torch.tensor([[0, 0, 1], [0, 2, 1]])
    yield "along 0", gradients(torch, lambda x, s: x.scatter_add(0, index, s), TABLE, ROWS)
    yield "along 1", gradients(torch, lambda x, s: torch.scatter_add(x, 1, index, s), TABLE, ROWS)
    yield "reduce", torch.zeros(3).scatter(0, torch.tensor([1, 1]), torch.tensor([2.0, 3.0]), reduce="add")


@scenario(cites="torch.Tensor.masked_scatter_", needs=(*NEEDS, "broadcasting"))
def elements_under_a_mask(torch):
    """`masked_scatter` writes the source's elements one after the other where the mask is True; the rest has no gradient."""
    mask = torch.tensor([[True, False, True], [False, False, False], [False, True, False]])
    yield "a mask", gradients(torch, lambda x, s: x.masked_scatter(mask, s), TABLE, ROWS)
    yield "a row of a mask", gradients(torch, lambda x, s: x.masked_scatter(mask[0], s), TABLE, [*ROWS, *ROWS])


@scenario(cites="torch.Tensor.masked_scatter_", needs=NEEDS)
def masks_must_be_boolean(torch):
    """`masked_scatter` raises an error for a mask that is not boolean, and for a source that is too small."""
    x = torch.zeros(3)
    yield "whole numbers", attempt(x.masked_scatter, torch.tensor([1, 0, 1]), torch.ones(3))
    yield "too few", attempt(x.masked_scatter, torch.tensor([True, True, True]), torch.ones(2))


@scenario(cites="torch.take; torch.Tensor.put_", needs=NEEDS)
def places_in_the_flattened_tensor(torch):
    """`take` and `put` count through the flattened tensor, negative numbers from its end."""
    index = torch.tensor([[0, -1], [4, 4]])
    yield "take", gradients(torch, lambda x: x.take(index), TABLE)
    yield "put", gradients(torch, lambda x, s: x.put(torch.tensor([0, -1]), s), TABLE, [10.0, 20.0])
    added = [10.0, 20.0, 30.0, 40.0]
    yield "put and add", gradients(torch, lambda x, s: torch.put(x, index.reshape(4), s, accumulate=True), TABLE, added)
    yield "beyond the end", attempt(torch.take, torch.tensor(TABLE), torch.tensor([9]))


@scenario(cites="torch.take_along_dim", needs=(*NEEDS, "functions", "broadcasting"))
def taken_along_a_dimension(torch):
    """`take_along_dim` reads along a dimension, broadcast in the others; without a dimension, in the flattened tensor."""
    yield "along 1", gradients(torch, lambda x: torch.take_along_dim(x, torch.tensor([[2], [0], [1]]), 1), TABLE)
    yield "broadcast", gradients(torch, lambda x: x.take_along_dim(torch.tensor([[2, 1, 0]]), dim=0), TABLE)
    yield "flattened", gradients(torch, lambda x: x.take_along_dim(torch.tensor([8, 0])), TABLE)
    yield "sorted again", torch.take_along_dim(torch.tensor([3.0, 1.0]), torch.tensor([3.0, 1.0]).argsort())


@scenario(cites="torch.Tensor.index_add_; torch.Tensor.scatter_", needs=(*NEEDS, "inplace", "graph"))
def scattering_in_place(torch):
    """The in-place forms change the tensor, and are recorded with the same gradients."""
    index = torch.tensor([2, 0])
    places = torch.tensor([[2, 0, 1], [0, 1, 2]])
    yield "index_add_", changed(torch, lambda y, s: y.index_add_(0, index, s), TABLE, ROWS)
    yield "index_copy_", changed(torch, lambda y, s: y.index_copy_(0, index, s), TABLE, ROWS)
    yield "index_fill_", changed(torch, lambda y: y.index_fill_(0, index, 7.0), TABLE)
    yield "index_fill_ with a tensor", changed(torch, lambda y, v: y.index_fill_(0, index, v), TABLE, 7.0)
    yield "scatter_", changed(torch, lambda y, s: y.scatter_(0, places, s), TABLE, ROWS)
    yield "scatter_ with a number", changed(torch, lambda y: y.scatter_(0, places, 7.0), TABLE)
    yield "scatter_add_", changed(torch, lambda y, s: y.scatter_add_(1, places, s), TABLE, ROWS)
    yield (
        "masked_scatter_",
        changed(torch, lambda y, s: y.masked_scatter_(places.new_ones(3, 3).bool(), s), TABLE, TABLE),
    )
    yield "put_", changed(torch, lambda y, s: y.put_(torch.tensor([0, 4]), s), TABLE, [10.0, 20.0])


@scenario(cites="torch.Tensor.scatter_; torch.Tensor.index_add_", needs=(*NEEDS, "dtypes"))
def scattering_wants_equal_dtypes(torch):
    """Source and tensor must have the same dtype."""
    x, index = torch.zeros(3), torch.tensor([0, 1])
    whole = torch.tensor([1, 2])
    yield "index_add", attempt(x.index_add, 0, index, whole)
    yield "scatter", attempt(x.scatter, 0, index, whole)
    yield "scatter_add", attempt(x.scatter_add, 0, index, whole)
    yield "index_copy", attempt(x.index_copy, 0, index, whole)


@scenario(cites="torch.Tensor.scatter_; torch.Tensor.index_add_", needs=(*NEEDS, "dtypes"))
def scattering_wants_whole_numbers(torch):
    """Indices that are not whole numbers raise an error."""
    x, index = torch.zeros(3), torch.tensor([0.0, 1.0])
    yield "scatter", attempt(x.scatter, 0, index, 1.0)
    yield "scatter_add", attempt(x.scatter_add, 0, index, torch.ones(2))
    yield "index_add", attempt(x.index_add, 0, index, torch.ones(2))
    yield "index_copy", attempt(x.index_copy, 0, index, torch.ones(2))
    yield "index_fill", attempt(x.index_fill, 0, index, 1.0)


@scenario(cites="torch.Tensor.scatter_", needs=(*NEEDS, "functions"))
def scattering_stays_inside(torch):
    """An index beyond the dimension raises an error."""
    x, index = torch.zeros(3), torch.tensor([3])
    yield "scatter", attempt(x.scatter, 0, index, torch.ones(1))
    yield "scatter a number", attempt(x.scatter, 0, -index, 1.0)
    yield "scatter_add", attempt(x.scatter_add, 0, index, torch.ones(1))
    yield "index_add", attempt(x.index_add, 0, index, torch.ones(1))
    yield "index_copy", attempt(x.index_copy, 0, index, torch.ones(1))
    yield "index_fill", attempt(x.index_fill, 0, index, 1.0)
    yield "gather", attempt(x.gather, 0, index)
    yield "a dimension that does not exist", attempt(x.index_fill, 1, torch.tensor([0]), 1.0)


@scenario(cites="torch.Tensor.scatter_; torch.take", needs=(*NEEDS, "autograd_grad", "higher_order"))
def scattering_differentiates_twice(torch):
    """Reading and writing by index have second derivatives, of whatever was done with them."""
    index = torch.tensor([[2, 0, 1], [0, 1, 2]])
    for name, function in (
        ("take", lambda x: x.take(index)),
        ("scatter", lambda x: torch.zeros(3, 3).scatter(0, index, x)),
        ("scatter_add", lambda x: torch.ones(3, 3).scatter_add(1, index, x)),
        ("index_add", lambda x: x.index_add(0, torch.tensor([0]), x[1:])),
        ("index_copy", lambda x: x.index_copy(0, torch.tensor([0]), x[1:])),
        ("masked_scatter", lambda x: x.masked_scatter(torch.tensor([True, False, True]), x * x)),
        ("put", lambda x: x.put(torch.tensor([0, 4]), x[0, :2])),
    ):
        x = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]], requires_grad=True)
        (first,) = torch.autograd.grad((function(x) ** 3).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * first).sum(), x)
        yield name, (first.detach(), second)
