"""Indexing: what `x[...]` reads, what `x[...] = v` writes, and where the gradient goes."""

from gradspec import attempt, scenario

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
BLOCK = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]]
VECTOR = [1.0, 2.0, 3.0, 4.0, 5.0]
NEEDS = ("tensor", "indexing")


def both(torch, function, data):
    """What `function` picks, and the gradient where the elements picked count 10, 20, 30, ..."""
    x = torch.tensor(data, requires_grad=True)
    y = function(x)
    (y * (torch.arange(y.numel()) * 10.0 + 10).reshape(y.shape)).sum().backward()
    return y.detach(), x.grad


def written(torch, write, data, value):
    """What stands there after `write(y, v)`, and the gradients of what was overwritten and of the value written."""
    x = torch.tensor(data, requires_grad=True)
    v = torch.tensor(value, requires_grad=True)
    y = x * 1
    write(y, v)
    (y * (torch.arange(y.numel()) * 10.0 + 10).reshape(y.shape)).sum().backward()
    return y.detach(), x.grad, v.grad


@scenario(cites="Tensor Views", needs=NEEDS)
def integers_drop_a_dimension(torch):
    """An integer picks one slice and drops the dimension; negative ones count from the end."""
    yield "x[1]", both(torch, lambda x: x[1], MATRIX)
    yield "x[-1, 0]", both(torch, lambda x: x[-1, 0], MATRIX)
    yield "x[0, 2, -1]", both(torch, lambda x: x[0, 2, -1], BLOCK)
    yield "a 0-d tensor as index", both(torch, lambda x: x[torch.tensor(-2)], VECTOR)


@scenario(cites="Tensor Views", needs=NEEDS)
def slices_keep_the_dimension(torch):
    """Slices pick ranges with steps; ends may be negative, missing or beyond the size."""
    yield "x[1:3]", both(torch, lambda x: x[1:3], VECTOR)
    yield "x[-3:]", both(torch, lambda x: x[-3:], VECTOR)
    yield "x[:-1]", both(torch, lambda x: x[:-1], VECTOR)
    yield "x[::2]", both(torch, lambda x: x[::2], VECTOR)
    yield "x[1:100:3]", both(torch, lambda x: x[1:100:3], VECTOR)
    yield "x[:]", both(torch, lambda x: x[:], VECTOR)
    yield "x[:, 1:]", both(torch, lambda x: x[:, 1:], MATRIX)


@scenario(cites="Tensor Views", needs=NEEDS)
def empty_slices(torch):
    """A slice whose start is not before its end picks nothing, and sends back zeros."""
    yield "x[3:3]", both(torch, lambda x: x[3:3], VECTOR)
    yield "x[4:1]", both(torch, lambda x: x[4:1], VECTOR)
    yield "x[7:]", both(torch, lambda x: x[7:], VECTOR)


@scenario(cites="Tensor Views", needs=NEEDS)
def steps_are_positive(torch):
    """A slice with a negative step, or a step of zero, raises an error."""
    x = torch.tensor(VECTOR)
    yield "x[::-1]", attempt(lambda: x[::-1])
    yield "x[::0]", attempt(lambda: x[::0])


@scenario(cites="Tensor Views", needs=NEEDS)
def none_adds_a_dimension(torch):
    """None puts a dimension of size one where it stands."""
    yield "x[None]", both(torch, lambda x: x[None], VECTOR)
    yield "x[:, None, 1]", both(torch, lambda x: x[:, None, 1], MATRIX)
    yield "x[..., None]", both(torch, lambda x: x[..., None], MATRIX)
    yield "of a scalar", both(torch, lambda x: x[None, None], 3.0)


@scenario(cites="Tensor Views", needs=NEEDS)
def the_ellipsis_stands_for_the_rest(torch):
    """`...` stands for as many full slices as are missing, also for none."""
    yield "x[..., 0]", both(torch, lambda x: x[..., 0], BLOCK)
    yield "x[1, ..., 1]", both(torch, lambda x: x[1, ..., 1], BLOCK)
    yield "x[0, ..., 1:]", both(torch, lambda x: x[0, ..., 1:], MATRIX)
    yield "x[...]", both(torch, lambda x: x[...], MATRIX)
    yield "of a scalar", both(torch, lambda x: x[...], 3.0)
    yield "for none", both(torch, lambda x: x[0, ..., 1], MATRIX)


@scenario(cites="Tensor Views", needs=(*NEEDS, "views", "inplace"))
def basic_indexing_gives_views(torch):
    """Integers, slices, None and `...` give views: writing to the result writes to the tensor."""
    x = torch.zeros(2, 3)
    x[1].add_(5)
    x[:, 0].mul_(2)
    x[None, 0, ..., 1:].fill_(7)
    yield "the tensor", x


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "inplace"))
def advanced_indexing_gives_copies(torch):
    """Lists, index tensors and masks give copies: writing to the result leaves the tensor alone."""
    x = torch.zeros(3)
    x[[0, 2]].add_(5)
    x[torch.tensor([1])].add_(5)
    x[torch.tensor([True, True, False])].add_(5)
    yield "the tensor", x


@scenario(cites="torch.Tensor.index_put_", needs=NEEDS)
def lists_and_tensors_pick_by_number(torch):
    """A list or a tensor of integers picks elements in any order, and has its own shape in the result."""
    yield "a list", both(torch, lambda x: x[[3, 0]], VECTOR)
    yield "a tensor", both(torch, lambda x: x[torch.tensor([4, 1, 2])], VECTOR)
    yield "negative", both(torch, lambda x: x[[-1, -5]], VECTOR)
    yield "in two dimensions", both(torch, lambda x: x[torch.tensor([[0, 1], [3, 2]])], VECTOR)
    yield "rows", both(torch, lambda x: x[[1]], MATRIX)
    yield "nothing", both(torch, lambda x: x[torch.tensor([], dtype=torch.int64)], VECTOR)


@scenario(cites="torch.Tensor.index_put_", needs=NEEDS)
def repeated_picks_collect(torch):
    """An element picked several times receives the sum of the gradients."""
    yield "x[[1, 1, 0, 1]]", both(torch, lambda x: x[[1, 1, 0, 1]], VECTOR)
    yield "in a matrix", both(torch, lambda x: x[[0, 1, 0], [2, 2, 2]], MATRIX)


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "broadcasting"))
def several_indices_go_together(torch):
    """Indices for several dimensions are broadcast together and pick element by element."""
    yield "pairs", both(torch, lambda x: x[[0, 1, 1], [2, 0, 1]], MATRIX)
    yield "one number for all", both(torch, lambda x: x[[0, 1], 2], MATRIX)
    yield "a column and a row", both(torch, lambda x: x[torch.tensor([[0], [1]]), torch.tensor([0, 2])], MATRIX)


@scenario(cites="torch.Tensor.index_put_", needs=NEEDS)
def slices_beside_indices(torch):
    """Beside slices an index keeps its place; indices apart from each other come first in the result."""
    yield "x[:, [2, 0]]", both(torch, lambda x: x[:, [2, 0]], MATRIX)
    yield "x[1:, [2, 0]]", both(torch, lambda x: x[1:, [2, 0]], MATRIX)
    yield "x[:, [0, 2], [1, 0]]", both(torch, lambda x: x[:, [0, 2], [1, 0]], BLOCK)
    yield "x[[0, 1], :, [1, 0]]", both(torch, lambda x: x[[0, 1], :, [1, 0]], BLOCK)
    yield "x[..., [1]]", both(torch, lambda x: x[..., [1]], BLOCK)
    yield "x[[1], None]", both(torch, lambda x: x[[1], None], MATRIX)


@scenario(cites="torch.masked_select", needs=NEEDS)
def masks_pick_where_true(torch):
    """A mask picks, in order, the elements where it is true, and takes the place of as many dimensions as it has."""
    yield "x[x > 2]", both(torch, lambda x: x[x > 2], MATRIX)
    yield "rows", both(torch, lambda x: x[torch.tensor([False, True])], MATRIX)
    yield "columns", both(torch, lambda x: x[:, torch.tensor([True, False, True])], MATRIX)
    yield (
        "two of three dimensions",
        both(torch, lambda x: x[torch.tensor([[True, False, False], [False, True, True]])], BLOCK),
    )
    yield "none", both(torch, lambda x: x[x > 100], MATRIX)
    yield "a list of bools", both(torch, lambda x: x[[True, False]], MATRIX)


@scenario(cites="torch.masked_select", needs=NEEDS)
def one_truth_value_adds_a_dimension(torch):
    """True as an index adds a dimension of size one, False one of size zero."""
    yield "x[True]", both(torch, lambda x: x[True], VECTOR)
    yield "x[False]", both(torch, lambda x: x[False], VECTOR)


@scenario(cites="Tensor Views", needs=NEEDS)
def indices_must_lie_inside(torch):
    """An index beyond the size raises an IndexError that names index, dimension and size."""
    x = torch.tensor(MATRIX)
    yield "x[2]", attempt(lambda: x[2])
    yield "x[0, -4]", attempt(lambda: x[0, -4])
    yield "x[[0, 2]]", attempt(lambda: x[[0, 2]])
    yield "x[:, [0, 5]]", attempt(lambda: x[:, [0, 5]])


@scenario(cites="Tensor Views", needs=NEEDS)
def there_may_not_be_more_indices_than_dimensions(torch):
    """More indices than dimensions raise an IndexError, and so does any integer for a tensor without dimensions."""
    x = torch.tensor(MATRIX)
    yield "x[0, 0, 0]", attempt(lambda: x[0, 0, 0])
    yield "a scalar", attempt(lambda: torch.tensor(3.0)[0])
    yield "a mask of three dimensions", attempt(lambda: x[torch.zeros(2, 3, 1) > 0])


@scenario(cites="torch.masked_select", needs=NEEDS)
def masks_must_have_the_size(torch):
    """A mask whose size differs from the dimension's raises an IndexError."""
    x = torch.tensor(MATRIX)
    yield "rows", attempt(lambda: x[torch.tensor([True, False, True])])
    yield "columns", attempt(lambda: x[:, torch.tensor([True, False])])


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "broadcasting"))
def index_shapes_must_fit(torch):
    """Indices that cannot be broadcast together raise an IndexError."""
    x = torch.tensor(MATRIX)
    yield "two and three", attempt(lambda: x[[0, 1], [0, 1, 2]])


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "dtypes"))
def indices_are_integers_or_booleans(torch):
    """Floating point numbers and other objects as indices raise errors."""
    x = torch.tensor(VECTOR)
    yield "a float tensor", attempt(lambda: x[torch.tensor([1.0])])
    yield "a float", attempt(lambda: x[1.5])
    yield "an object", attempt(lambda: x[object])
    yield "int32", x[torch.tensor([1, 2], dtype=torch.int32)]


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "inplace"))
def assignment_by_number_and_slice(torch):
    """What is overwritten receives zero, and the value written receives the gradient of the place."""

    def element(y, v):
        y[1] = v

    def stepped(y, v):
        y[::2] = v

    def column(y, v):
        y[:, 1] = v

    def through_ellipsis(y, v):
        y[..., -1] = v

    yield "an element", written(torch, element, VECTOR, -1.0)
    yield "every other", written(torch, stepped, VECTOR, [-1.0, -2.0, -3.0])
    yield "a column", written(torch, column, MATRIX, [-1.0, -2.0])
    yield "the last of each", written(torch, through_ellipsis, MATRIX, [-1.0, -2.0])


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "inplace", "broadcasting"))
def assignment_broadcasts(torch):
    """The value is broadcast to the place, and then collects; leading dimensions of size one are dropped."""

    def everything(y, v):
        y[:] = v

    def rows(y, v):
        y[0:2] = v

    yield "a scalar", written(torch, everything, MATRIX, 7.0)
    yield "a row", written(torch, rows, MATRIX, [7.0, 8.0, 9.0])
    yield "with leading ones", written(torch, rows, MATRIX, [[[7.0, 8.0, 9.0]]])


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "inplace"))
def assignment_of_constants(torch):
    """A Python number or a constant tensor can be assigned; what it overwrites receives zero."""
    x = torch.tensor(MATRIX, requires_grad=True)
    y = x * 1
    y[0, 1] = 7
    y[1] = torch.tensor([8.0, 9.0, 10.0])
    y[0, :1] = -3.5
    (y * y).sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "inplace"))
def assignment_by_lists_and_masks(torch):
    """Assigning under a mask or to a list of places writes there, and sends the gradients accordingly."""

    def under_a_mask(y, v):
        y[torch.tensor([True, False, False, True, True])] = v

    def to_a_list(y, v):
        y[[3, 0]] = v

    def to_pairs(y, v):
        y[[0, 1], [2, 0]] = v

    def beside_a_slice(y, v):
        y[:, [0, 2]] = v

    yield "under a mask", written(torch, under_a_mask, VECTOR, [-1.0, -2.0, -3.0])
    yield "one value under a mask", written(torch, under_a_mask, VECTOR, -1.0)
    yield "to a list", written(torch, to_a_list, VECTOR, [-1.0, -2.0])
    yield "to pairs", written(torch, to_pairs, MATRIX, [-1.0, -2.0])
    yield "beside a slice", written(torch, beside_a_slice, MATRIX, [-1.0, -2.0])


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "inplace"))
def assignment_to_the_same_place_twice(torch):
    """Of several numbers assigned to one place one stays, and `x[i] += v` adds once."""
    x = torch.zeros(3)
    x[[1, 1, 1]] = 5.0
    x[[2, 2]] += 1.0
    yield "the tensor", x


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "inplace"))
def index_put_can_accumulate(torch):
    """`index_put_` with accumulate=True adds as often as a place is named; what stood there keeps its gradient."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor([10.0, 20.0, 40.0], requires_grad=True)
    y = x * 1
    y.index_put_((torch.tensor([1, 0, 1]),), v, accumulate=True)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    yield "the result", y.detach()
    yield "the tensor", x.grad
    yield "the values", v.grad
    yield "out of place", torch.zeros(3).index_put((torch.tensor([2]),), torch.tensor([5.0]))


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "inplace"))
def augmented_assignment_to_a_part(torch):
    """`x[...] += v` and its like change the part, and are differentiated."""
    x = torch.tensor(MATRIX, requires_grad=True)
    v = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1
    y[0, 1:] *= v
    y[1, :2] += v
    y[:, 2] /= 4
    (y * torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).sum().backward()
    yield "the result", y.detach()
    yield "the tensor", x.grad
    yield "the value", v.grad


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=(*NEEDS, "inplace"))
def values_must_fit_the_place(torch):
    """A value that cannot be broadcast to the place raises an error."""
    x = torch.zeros(2, 3)
    yield "a slice", attempt(x.__setitem__, 0, torch.zeros(2))
    yield "more dimensions", attempt(x.__setitem__, 0, torch.zeros(2, 3))
    yield "a list", attempt(x.__setitem__, (slice(None), [0, 2]), torch.zeros(3))
    yield "unchanged", x


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "inplace", "dtypes"))
def assigned_values_are_cast(torch):
    """A value is cast to the tensor's dtype where views are written; with index tensors the dtypes must agree."""
    n = torch.zeros(3, dtype=torch.int64)
    n[0] = 2.75
    n[1:] = torch.tensor([3.5, -4.5])
    yield "cast", n
    yield "with a list", attempt(n.__setitem__, [0, 1], torch.tensor([1.5, 2.5]))


@scenario(cites="torch.Tensor.index_put_", needs=NEEDS)
def picks_from_strided_tensors(torch):
    """Indexing a transposed or sliced tensor goes by its own positions."""
    yield "x.t()[[2, 0], 1]", both(torch, lambda x: x.t()[[2, 0], 1], MATRIX)
    yield "x[:, ::2][1]", both(torch, lambda x: x[:, ::2][1], MATRIX)
    yield "x[1:][:, [2]]", both(torch, lambda x: x[1:][:, [2]], MATRIX)


@scenario(cites="torch.Tensor.index_put_", needs=(*NEEDS, "autograd_grad", "higher_order"))
def indexing_differentiates_twice(torch):
    """A function of picked elements has the second derivatives of the function of the elements."""
    for label, function in (
        ("x[1]", lambda x: x[1]),
        ("x[:, 1:]", lambda x: x[:, 1:]),
        ("x[[1, 1], [0, 2]]", lambda x: x[[1, 1], [0, 2]]),
        ("x[x > 2]", lambda x: x[x > 2]),
    ):
        x = torch.tensor(MATRIX, requires_grad=True)
        (first,) = torch.autograd.grad((function(x) ** 3).sum(), x, create_graph=True)
        yield label, torch.autograd.grad((first * torch.tensor(MATRIX)).sum(), x)


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=(*NEEDS, "inplace", "autograd_grad", "higher_order"),
)
def assignment_differentiates_twice(torch):
    """Assignments into parts, by slice and by list, have second derivatives in what was written and what was left."""
    x = torch.tensor(VECTOR, requires_grad=True)
    v = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * x
    y[1:3] = v**3
    y[[4, 0]] = v**2
    by_x, by_v = torch.autograd.grad((y**2).sum(), (x, v), create_graph=True)
    yield "twice", torch.autograd.grad(by_x.sum() + by_v.sum(), (x, v))


@scenario(cites="torch.Tensor.item; torch.Tensor.tolist", needs=NEEDS)
def elements_become_python_numbers(torch):
    """`item` of one element and `tolist` give Python numbers; `item` of several raises an error."""
    x = torch.tensor(MATRIX, requires_grad=True)
    yield "item", (x[1, 2].item(), torch.tensor(7).item(), torch.tensor([[True]]).item())
    yield "tolist", x.tolist()
    yield "int", int(x[1, 0])
    yield "several", attempt(x.item)
    yield "len", (len(x), len(x[0]))
    yield "len of a scalar", attempt(len, x[0, 0])


@scenario(cites="torch.Tensor.item", needs=NEEDS)
def leaving_the_graph_silently_is_warned_about(torch):
    """`float` of a tensor that requires grad gives the number with a warning, `item` and `int` give it without one."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    yield "float", float(x[0])
    yield "float of a constant", float(x.detach()[0])
    yield "item", x[0].item()
    yield "int", int(x[0])
    yield "several elements", attempt(float, x)


@scenario(cites="torch.Tensor.__contains__", needs=NEEDS)
def membership(torch):
    """`in` looks for an element that is equal."""
    x = torch.tensor(VECTOR)
    yield "3.0 and 7.0", (3.0 in x, 7.0 in x)
    yield "a 0-d tensor", torch.tensor(2.0) in x
    yield "a string", attempt(x.__contains__, "a")


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def a_list_of_sequences_is_taken_for_a_tuple(torch):
    """A list that holds lists, slices or tensors indexes several dimensions, with a warning; a flat list indexes one."""
    x = torch.arange(16.0).reshape(4, 4)
    yield "list of two lists", x[[[1, 2], [0, 3]]]
    yield "list of a slice and a list", x[[slice(2), [0, 3]]]
    yield "flat list", x[[1, 2]]


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing", "dtypes"))
def small_integers_do_not_index(torch):
    """An index tensor is int64, int32 or bool: int8 and int16 raise an IndexError."""
    x = torch.arange(3.0)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8):
        yield str(dtype), attempt(x.__getitem__, torch.tensor([1], dtype=dtype))


@scenario(cites="torch.Tensor", needs=("tensor", "indexing"))
def indices_that_are_no_indices(torch):
    """A string is no index, and what has been indexed cannot be deleted."""
    x = torch.tensor([1.0, 2.0, 3.0])
    yield "a string", attempt(lambda: x["a"])
    yield "a float", attempt(lambda: x[1.0])
    yield "deleting", attempt(x.__delitem__, 0)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "indexing", "inplace"))
def an_index_that_was_changed_is_noticed(torch):
    """An index that is changed after it was used is noticed, as a saved tensor is: the backward pass raises an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index = torch.tensor([0, 1])
    y = x[index].sum()
    index[0] = 2
    yield "the pass", attempt(y.backward)
    yield "the gradient", x.grad
