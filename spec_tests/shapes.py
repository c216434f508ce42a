"""Shapes: elements that move without changing, and gradients that move back."""

from gradspec import attempt, scenario

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
BLOCK = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]]
NEEDS = ("tensor", "shapes")


def both(torch, function, data):
    """The result of `function` on the data, and the gradient where the result's elements count 10, 20, 30, ..."""
    x = torch.tensor(data, requires_grad=True)
    y = function(x)
    (y * (torch.arange(y.numel()) * 10.0 + 10).reshape(y.shape)).sum().backward()
    return y.detach(), x.grad


@scenario(cites="torch.reshape", needs=NEEDS)
def reshape_keeps_the_order(torch):
    """`reshape` reads the elements in row-major order; the gradient comes back in the old shape."""
    yield "(3, 2)", both(torch, lambda x: x.reshape(3, 2), MATRIX)
    yield "as a tuple", both(torch, lambda x: x.reshape((6,)), MATRIX)
    yield "of a transposed matrix", both(torch, lambda x: x.t().reshape(2, 3), MATRIX)


@scenario(cites="torch.reshape", needs=NEEDS)
def one_size_can_be_left_open(torch):
    """One size of -1 is worked out from the others."""
    yield "(-1,)", both(torch, lambda x: x.reshape(-1), MATRIX)
    yield "(3, -1)", both(torch, lambda x: torch.reshape(x, (3, -1)), MATRIX)
    yield "of nothing", torch.zeros(0, 3).reshape(3, -1).shape[1]


@scenario(cites="torch.reshape", needs=NEEDS)
def sizes_must_fit(torch):
    """Sizes whose product is not the number of elements, two open ones, and other negative ones raise errors."""
    x = torch.tensor(MATRIX)
    yield "(4, 2)", attempt(x.reshape, 4, 2)
    yield "(4, -1)", attempt(x.reshape, 4, -1)
    yield "(-1, -1)", attempt(x.reshape, -1, -1)
    yield "(-2, 3)", attempt(x.reshape, -2, 3)
    yield "an open size beside zero", attempt(torch.zeros(0).reshape, 0, -1)


@scenario(cites="torch.Tensor.view", needs=(*NEEDS, "views"))
def view_needs_fitting_memory(torch):
    """`view` reshapes what lies in memory in that order, and raises an error for a transposed matrix."""
    yield "(3, 2)", both(torch, lambda x: x.view(3, 2), MATRIX)
    yield "like another", both(torch, lambda x: x.view_as(torch.zeros(6)), MATRIX)
    yield "of a transposed matrix", attempt(torch.tensor(MATRIX).t().view, 6)
    yield "made contiguous", torch.tensor(MATRIX).t().contiguous().view(6)


@scenario(cites="torch.reshape", needs=(*NEEDS, "views", "inplace"))
def reshape_shares_where_it_can(torch):
    """`reshape` gives a view where the memory allows it, and else a copy."""
    x = torch.zeros(2, 3)
    x.reshape(6)[0] = 1
    yield "changed through the view", x
    x.t().reshape(6)[1] = 2
    yield "not changed through the copy", x


@scenario(cites="torch.flatten", needs=NEEDS)
def flatten_joins_dimensions(torch):
    """`flatten` makes one dimension of all, or of those between two, and one of none."""
    yield "all", both(torch, lambda x: x.flatten(), BLOCK)
    yield "from 1", both(torch, lambda x: torch.flatten(x, 1), BLOCK)
    yield "up to -2", both(torch, lambda x: x.flatten(0, -2), BLOCK)
    yield "no dimensions", both(torch, lambda x: x.flatten(), 3.0)
    yield "the wrong way round", attempt(torch.tensor(BLOCK).flatten, 2, 0)


@scenario(cites="torch.unflatten", needs=NEEDS)
def unflatten_divides_a_dimension(torch):
    """`unflatten` makes several dimensions of one; one size may be left open."""
    yield "2 x 2", both(torch, lambda x: x.unflatten(0, (2, 2)), [1.0, 2.0, 3.0, 4.0])
    yield "an open size", both(torch, lambda x: x.unflatten(-1, (3, -1)), MATRIX)
    yield "a size that does not fit", attempt(torch.tensor(MATRIX).unflatten, 1, (2, 2))
    yield "no sizes", attempt(torch.tensor(MATRIX).unflatten, 1, ())
    yield "two open ones", attempt(torch.tensor(MATRIX).unflatten, 1, (-1, -1))


@scenario(cites="torch.squeeze", needs=NEEDS)
def squeeze_drops_dimensions_of_one(torch):
    """`squeeze` drops all dimensions of size one, or those that are named, and leaves others alone."""
    data = [[[1.0], [2.0]]]
    yield "all", both(torch, lambda x: x.squeeze(), data)
    yield "the first", both(torch, lambda x: x.squeeze(0), data)
    yield "the last", both(torch, lambda x: torch.squeeze(x, -1), data)
    yield "one that is not of size one", both(torch, lambda x: x.squeeze(1), data)
    yield "several", both(torch, lambda x: x.squeeze((0, 1, 2)), data)
    yield "no dimensions", both(torch, lambda x: x.squeeze(0), 3.0)


@scenario(cites="torch.unsqueeze", needs=NEEDS)
def unsqueeze_adds_a_dimension(torch):
    """`unsqueeze` puts a dimension of size one anywhere, at the end too."""
    yield "in front", both(torch, lambda x: x.unsqueeze(0), MATRIX)
    yield "between", both(torch, lambda x: torch.unsqueeze(x, 1), MATRIX)
    yield "at the end", both(torch, lambda x: x.unsqueeze(-1), MATRIX)
    yield "of a scalar", both(torch, lambda x: x.unsqueeze(0), 3.0)
    yield "beyond the end", attempt(torch.tensor(MATRIX).unsqueeze, 3)


@scenario(cites="torch.Tensor.expand", needs=(*NEEDS, "broadcasting"))
def expand_repeats_without_copying(torch):
    """`expand` repeats dimensions of size one and adds new ones in front; -1 keeps a size; the gradient is summed."""
    data = [[1.0], [2.0]]
    yield "(2, 3)", both(torch, lambda x: x.expand(2, 3), data)
    yield "(-1, 3)", both(torch, lambda x: x.expand(-1, 3), data)
    yield "(2, 2, 2)", both(torch, lambda x: x.expand(2, 2, 2), data)
    yield "like another", both(torch, lambda x: x.expand_as(torch.zeros(2, 4)), data)
    yield "a scalar", both(torch, lambda x: x.expand(3), 5.0)
    yield "broadcast_to", both(torch, lambda x: torch.broadcast_to(x, (2, 2)), data)


@scenario(cites="torch.Tensor.expand", needs=(*NEEDS, "broadcasting"))
def expand_cannot_change_other_sizes(torch):
    """`expand` raises an error for a size other than one that differs, and for fewer dimensions."""
    x = torch.tensor(MATRIX)
    yield "(2, 4)", attempt(x.expand, 2, 4)
    yield "(3,)", attempt(x.expand, 3)
    yield "-1 in front", attempt(x.expand, -1, 2, 3)


@scenario(cites="torch.transpose", needs=NEEDS)
def transpose_swaps_two_dimensions(torch):
    """`transpose` swaps two dimensions, and the gradient's back."""
    yield "0 and 1", both(torch, lambda x: x.transpose(0, 1), MATRIX)
    yield "0 and -1", both(torch, lambda x: torch.transpose(x, 0, -1), BLOCK)
    yield "swapaxes", both(torch, lambda x: x.swapaxes(1, 2), BLOCK)
    yield "no dimensions", both(torch, lambda x: x.transpose(0, -1), 3.0)


@scenario(cites="torch.t", needs=NEEDS)
def t_is_for_matrices(torch):
    """`t` transposes matrices, leaves vectors and scalars alone, and raises an error for more dimensions."""
    yield "a matrix", both(torch, lambda x: x.t(), MATRIX)
    yield "a vector", both(torch, torch.t, [1.0, 2.0])
    yield "a scalar", both(torch, lambda x: x.t(), 3.0)
    yield "three dimensions", attempt(torch.tensor(BLOCK).t)


@scenario(cites="torch.Tensor.T", needs=NEEDS)
def capital_t_reverses_the_dimensions(torch):
    """`.T` reverses the dimensions, and warns where there are not two of them."""
    yield "a matrix", both(torch, lambda x: x.T, MATRIX)
    yield "three dimensions", both(torch, lambda x: x.T, BLOCK)
    yield "none", both(torch, lambda x: x.T, 3.0)


@scenario(cites="torch.Tensor.mT", needs=NEEDS)
def m_t_transposes_each_matrix(torch):
    """`.mT` transposes each matrix of a batch, and needs two dimensions at least."""
    yield "a batch", both(torch, lambda x: x.mT, BLOCK)
    yield "a vector", attempt(lambda: torch.tensor([1.0, 2.0]).mT)


@scenario(cites="torch.permute", needs=NEEDS)
def permute_orders_all_dimensions(torch):
    """`permute` puts the dimensions in the order given; the gradient goes through the inverse permutation."""
    yield "2, 0, 1", both(torch, lambda x: x.permute(2, 0, 1), BLOCK)
    yield "-1, 0, 1", both(torch, lambda x: torch.permute(x, (-1, 0, 1)), BLOCK)
    yield "too few", attempt(torch.tensor(BLOCK).permute, 0, 1)
    yield "twice the same", attempt(torch.tensor(BLOCK).permute, 0, 1, 1)


@scenario(cites="torch.movedim", needs=NEEDS)
def movedim_keeps_the_order_of_the_others(torch):
    """`movedim` puts dimensions in new places and keeps the others in order."""
    yield "0 to the end", both(torch, lambda x: x.movedim(0, -1), BLOCK)
    yield "two at once", both(torch, lambda x: torch.movedim(x, (0, 1), (2, 0)), BLOCK)


@scenario(cites="torch.flip", needs=NEEDS)
def flip_turns_dimensions_round(torch):
    """`flip` reverses the elements along the dimensions given, and the gradient's."""
    yield "rows", both(torch, lambda x: x.flip(0), MATRIX)
    yield "both", both(torch, lambda x: torch.flip(x, (0, -1)), MATRIX)
    yield "none", both(torch, lambda x: x.flip(()), MATRIX)
    yield "no such", attempt(torch.tensor(MATRIX).flip, 2)


@scenario(cites="torch.roll", needs=NEEDS)
def roll_goes_round(torch):
    """`roll` moves elements along a dimension and brings in at one end what falls off the other; the gradient rolls back."""
    yield "flattened", both(torch, lambda x: x.roll(2), MATRIX)
    yield "along 1", both(torch, lambda x: x.roll(1, 1), MATRIX)
    yield "backwards", both(torch, lambda x: torch.roll(x, -1, 0), MATRIX)
    yield "along both", both(torch, lambda x: torch.roll(x, (1, 2), (0, 1)), MATRIX)
    yield "one shift for two dimensions", attempt(torch.tensor(MATRIX).roll, 1, (0, 1))


@scenario(cites="torch.Tensor.repeat", needs=NEEDS)
def repeat_copies_the_whole(torch):
    """`repeat` puts copies of the whole side by side; each element collects the gradients of its copies."""
    yield "a vector", both(torch, lambda x: x.repeat(3), [1.0, 2.0])
    yield "a vector in two dimensions", both(torch, lambda x: x.repeat(2, 2), [1.0, 2.0])
    yield "a matrix", both(torch, lambda x: x.repeat(2, 1), MATRIX)
    yield "too few", attempt(torch.tensor(MATRIX).repeat, 2)


@scenario(cites="torch.cat", needs=NEEDS)
def cat_joins_along_a_dimension(torch):
    """`cat` joins tensors along an existing dimension; each gets its own part of the gradient."""
    for dim, second in ((0, [[7.0, 8.0, 9.0]]), (1, [[7.0], [8.0]]), (-1, [[7.0], [8.0]])):
        a = torch.tensor(MATRIX, requires_grad=True)
        b = torch.tensor(second, requires_grad=True)
        y = torch.cat([a, b], dim)
        (y * (torch.arange(y.numel()) * 10.0 + 10).reshape(y.shape)).sum().backward()
        yield f"along {dim}", (y.detach(), a.grad, b.grad)


@scenario(cites="torch.cat", needs=NEEDS)
def cat_takes_the_same_tensor_twice(torch):
    """A tensor that is joined with itself receives the sum of its parts, constants beside it get nothing."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.cat((x, torch.tensor([5.0]), x))
    (y * torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0])).sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.cat", needs=NEEDS)
def cat_needs_fitting_shapes(torch):
    """`cat` raises an error where other sizes differ, for scalars, for nothing and for a tensor without a list."""
    a = torch.tensor(MATRIX)
    yield "other sizes", attempt(torch.cat, [a, torch.zeros(2, 2)], 0)
    yield "other dimensions", attempt(torch.cat, [a, torch.zeros(3)], 0)
    yield "scalars", attempt(torch.cat, [torch.tensor(1.0), torch.tensor(2.0)])
    yield "nothing", attempt(torch.cat, [])
    yield "no list", attempt(torch.cat, a)
    yield "no tensor", attempt(torch.cat, [a, 3.0])


@scenario(cites="torch.cat", needs=(*NEEDS, "dtypes"))
def cat_promotes(torch):
    """`cat` and `stack` give the dtype that holds all of their inputs; each gradient comes back in its own."""
    single = torch.tensor([1.0, 2.0], requires_grad=True)
    double = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    y = torch.cat([single, double, torch.tensor([4])])
    (y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    yield "the result", y.detach()
    yield "float32", single.grad
    yield "float64", double.grad
    yield "stacked", torch.stack([torch.tensor([1]), torch.tensor([2.5])])


@scenario(cites="torch.cat", needs=NEEDS)
def cat_skips_the_empty(torch):
    """A one-dimensional tensor without elements may be joined to anything and adds nothing."""
    empty = torch.tensor([], requires_grad=True)
    a = torch.tensor(MATRIX, requires_grad=True)
    y = torch.cat([empty, a, torch.zeros(0, 3)])
    (y * y).sum().backward()
    yield "the result", y.detach()
    yield "the empty one's gradient", empty.grad
    yield "the other's", a.grad


@scenario(cites="torch.stack", needs=NEEDS)
def stack_joins_along_a_new_dimension(torch):
    """`stack` joins tensors of one shape along a new dimension, anywhere."""
    for dim in (0, 1, -1):
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.tensor([3.0, 4.0], requires_grad=True)
        y = torch.stack((a, b), dim)
        (y * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
        yield f"along {dim}", (y.detach(), a.grad, b.grad)
    yield "scalars", torch.stack([torch.tensor(1.0), torch.tensor(2.0)])


@scenario(cites="torch.stack", needs=NEEDS)
def stack_needs_equal_shapes(torch):
    """`stack` raises an error where shapes differ, even if they could be broadcast, and for nothing."""
    yield "(3,) and (1,)", attempt(torch.stack, [torch.zeros(3), torch.zeros(1)])
    yield "nothing", attempt(torch.stack, [])
    yield "a dimension beyond", attempt(torch.stack, [torch.zeros(3)], 2)


@scenario(cites="torch.split", needs=NEEDS)
def split_cuts_into_pieces(torch):
    """`split` cuts into pieces of one size, the last of which may be smaller, or of sizes given one by one."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    pieces = x.split(2)
    yield "pieces of two", tuple(piece.detach() for piece in pieces)
    ((pieces[0] * 10).sum() + (pieces[2] * 7).sum()).backward()
    yield "the gradient, of the first and the last", x.grad
    yield "by sizes", torch.split(x.detach(), [1, 4])
    yield "along 1", torch.split(torch.tensor(MATRIX), [2, 1], dim=1)


@scenario(cites="torch.split", needs=NEEDS)
def split_sizes_must_add_up(torch):
    """Sizes that do not add up to the whole, zero and negative sizes raise errors."""
    x = torch.tensor([1.0, 2.0, 3.0])
    yield "too much", attempt(x.split, [2, 2])
    yield "zero", attempt(x.split, 0)
    yield "negative", attempt(x.split, -1)
    yield "of nothing", torch.zeros(0).split(2)
    yield "of a scalar", attempt(torch.tensor(1.0).split, 1)
    yield "chunks of a scalar", attempt(torch.tensor(1.0).chunk, 1)


@scenario(cites="torch.chunk", needs=NEEDS)
def chunk_cuts_into_so_many(torch):
    """`chunk` cuts into at most so many pieces of equal size, but for the last."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    pieces = x.chunk(3)
    yield "three pieces of five", tuple(piece.detach() for piece in pieces)
    (pieces[1] * torch.tensor([10.0, 20.0])).sum().backward()
    yield "the gradient", x.grad
    yield "four of five are three", len(x.chunk(4))
    yield "none", attempt(x.chunk, 0)


@scenario(cites="torch.unbind", needs=NEEDS)
def unbind_gives_the_slices(torch):
    """`unbind`, and iteration, give the slices along a dimension; slices that were not used count as zero."""
    x = torch.tensor(MATRIX, requires_grad=True)
    columns = x.unbind(1)
    (columns[2] * torch.tensor([10.0, 20.0])).sum().backward()
    yield "the columns", tuple(column.detach() for column in columns)
    yield "the gradient", x.grad
    first, second = x
    (first * second).sum().backward()
    yield "rows by iteration", (first.detach(), second.detach())
    yield "the gradient with them", x.grad
    yield "a scalar", attempt(torch.tensor(1.0).unbind)
    yield "iterating over a scalar", attempt(iter, torch.tensor(1.0))


@scenario(cites="torch.narrow; torch.select", needs=NEEDS)
def narrow_and_select(torch):
    """`narrow` keeps a range of a dimension, `select` one index and drops the dimension; both count from either end."""
    yield "narrow", both(torch, lambda x: x.narrow(1, 1, 2), MATRIX)
    yield "narrow from the end", both(torch, lambda x: torch.narrow(x, -1, -1, 1), MATRIX)
    yield "select", both(torch, lambda x: x.select(1, 2), MATRIX)
    yield "select from the end", both(torch, lambda x: torch.select(x, 0, -1), MATRIX)


@scenario(cites="torch.narrow; torch.select", needs=NEEDS)
def ranges_must_lie_inside(torch):
    """`narrow` and `select` raise errors beyond the size, and for scalars."""
    x = torch.tensor(MATRIX)
    yield "narrow beyond the end", attempt(x.narrow, 1, 2, 2)
    yield "narrow from beyond the end", attempt(x.narrow, 1, 4, 1)
    yield "narrow to a negative length", attempt(x.narrow, 1, 0, -1)
    yield "narrow of a scalar", attempt(torch.tensor(1.0).narrow, 0, 0, 1)
    yield "select beyond the end", attempt(x.select, 0, 2)
    yield "select of a scalar", attempt(torch.tensor(1.0).select, 0, 0)


@scenario(cites="torch.diagonal", needs=NEEDS)
def diagonals(torch):
    """`diagonal` takes the main diagonal or one beside it, of any two dimensions; the rest receives zero."""
    square = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
    yield "the main one", both(torch, lambda x: x.diagonal(), square)
    yield "above", both(torch, lambda x: torch.diagonal(x, 1), square)
    yield "below, of a wide matrix", both(torch, lambda x: x.diagonal(-1), MATRIX)
    yield "of each matrix", both(torch, lambda x: x.diagonal(0, 1, 2), BLOCK)
    yield "of other dimensions", both(torch, lambda x: x.diagonal(1, -1, 0), BLOCK)
    yield "of one dimension", attempt(torch.tensor(MATRIX).diagonal, 0, 1, 1)


@scenario(cites="torch.Tensor.unfold", needs=NEEDS)
def unfold_gives_all_windows(torch):
    """`unfold` gives the windows of a size along a dimension, in a new last one; where they overlap the gradients add up."""
    yield "steps of one", both(torch, lambda x: x.unfold(0, 2, 1), [1.0, 2.0, 3.0, 4.0])
    yield "steps of two, along 1", both(torch, lambda x: x.unfold(1, 1, 2), MATRIX)
    yield "too large", attempt(torch.tensor(MATRIX).unfold, 1, 4, 1)
    yield "no step", attempt(torch.tensor(MATRIX).unfold, 1, 2, 0)


@scenario(cites="torch.as_strided", needs=(*NEEDS, "views"))
def as_strided_reads_the_memory(torch):
    """`as_strided` reads the memory by size, stride and offset; an element that is read twice collects twice."""
    yield "every other", both(torch, lambda x: torch.as_strided(x, (2,), (2,)), [1.0, 2.0, 3.0, 4.0])
    yield "overlapping, from 1", both(torch, lambda x: x.as_strided((2, 2), (1, 1), 1), [1.0, 2.0, 3.0, 4.0])
    yield "of a transposed matrix", both(torch, lambda x: x.t().as_strided((2, 3), (3, 1), 0), MATRIX)
    yield "sizes and strides that differ", attempt(torch.tensor(MATRIX).as_strided, (2, 2), (1,))


@scenario(cites="torch.triu; torch.tril", needs=NEEDS)
def triangles(torch):
    """`triu` and `tril` keep one triangle, with or without diagonals, and send nothing to the other."""
    square = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
    yield "triu", both(torch, lambda x: x.triu(), square)
    yield "tril", both(torch, torch.tril, square)
    yield "above the diagonal", both(torch, lambda x: x.triu(1), square)
    yield "one more below", both(torch, lambda x: x.tril(diagonal=1), MATRIX)
    yield "of a vector", attempt(torch.tensor([1.0, 2.0]).triu)


@scenario(cites="torch.gather", needs=(*NEEDS, "indexing"))
def gather_picks_along_a_dimension(torch):
    """`gather` picks by index along a dimension; an element picked twice receives both gradients."""
    index = torch.tensor([[2, 0, 2], [1, 1, 1]])
    yield "along 1", both(torch, lambda x: x.gather(1, index), MATRIX)
    yield "along 0", both(torch, lambda x: torch.gather(x, 0, torch.tensor([[1, 0, 1]])), MATRIX)
    yield "a scalar", both(torch, lambda x: x.gather(0, torch.tensor(0)), 3.0)


@scenario(cites="torch.index_select", needs=(*NEEDS, "indexing"))
def index_select_picks_slices(torch):
    """`index_select` picks slices along a dimension, in any order and repeatedly."""
    yield "columns", both(torch, lambda x: x.index_select(1, torch.tensor([2, 0, 2])), MATRIX)
    yield "rows", both(torch, lambda x: torch.index_select(x, 0, torch.tensor([1])), MATRIX)


@scenario(cites="torch.index_select; torch.gather", needs=(*NEEDS, "indexing", "dtypes"))
def picks_must_be_indices_inside(torch):
    """`index_select` and `gather` take integers that lie inside, and negative ones do not."""
    x = torch.tensor(MATRIX)
    yield "beyond", attempt(x.index_select, 1, torch.tensor([3]))
    yield "negative", attempt(x.index_select, 1, torch.tensor([-1]))
    yield "floating point", attempt(x.index_select, 1, torch.tensor([1.0]))
    yield "a matrix", attempt(x.index_select, 1, torch.tensor([[1]]))
    yield "beyond a vector", attempt(torch.tensor([1.0, 2.0]).index_select, 0, torch.tensor([5]))
    yield "two of a scalar", attempt(torch.tensor(1.0).index_select, 0, torch.tensor([0, 0]))
    yield "one of a scalar", torch.tensor(1.0).index_select(0, torch.tensor([0]))
    yield "gather, beyond", attempt(x.gather, 1, torch.tensor([[3]]))
    yield "gather, floating point", attempt(x.gather, 1, torch.tensor([[1.0]]))
    yield "gather, fewer dimensions", attempt(x.gather, 1, torch.tensor([1]))


@scenario(cites="torch.Tensor.masked_fill", needs=(*NEEDS, "indexing", "broadcasting"))
def masked_fill_replaces(torch):
    """`masked_fill` replaces the elements under a mask, which is broadcast; these receive nothing, a tensor filled in does."""
    mask = torch.tensor([True, False, True])
    yield "by a number", both(torch, lambda x: x.masked_fill(mask, -9.0), MATRIX)
    x = torch.tensor(MATRIX, requires_grad=True)
    value = torch.tensor(5.0, requires_grad=True)
    (x.masked_fill(mask, value) * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).sum().backward()
    yield "the tensor", x.grad
    yield "the value", value.grad


@scenario(cites="torch.masked_select", needs=(*NEEDS, "indexing", "broadcasting"))
def masked_select_flattens(torch):
    """`masked_select` gives the elements under a mask, which is broadcast, in one dimension."""
    yield "by a mask of its shape", both(torch, lambda x: x.masked_select(x > 2), MATRIX)
    yield "by a row", both(torch, lambda x: torch.masked_select(x, torch.tensor([True, False, True])), MATRIX)


@scenario(cites="torch.masked_select; torch.Tensor.masked_fill", needs=(*NEEDS, "indexing", "dtypes"))
def masks_are_boolean(torch):
    """Masks that are not boolean raise errors, and so does filling in more than one number."""
    x = torch.tensor([1.0, 2.0])
    yield "masked_fill", attempt(x.masked_fill, torch.tensor([1, 0]), 5.0)
    yield "masked_select", attempt(x.masked_select, torch.tensor([1, 0]))
    yield "two numbers", attempt(x.masked_fill, torch.tensor([True, False]), torch.tensor([5.0, 6.0]))


@scenario(cites="torch.clone", needs=NEEDS)
def copies_are_differentiated(torch):
    """`clone` and a change of dtype are part of the graph; the gradient comes back in the old dtype."""
    yield "clone", both(torch, lambda x: x.clone(), MATRIX)
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x.double() * 3
    yield "in float64", y.detach()
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.copy_", needs=(*NEEDS, "inplace", "broadcasting"))
def copies_into_another(torch):
    """`copy_` writes a tensor, broadcast and cast, over another: what stood there receives zero, the source the gradient."""
    x = torch.tensor(MATRIX, requires_grad=True)
    row = torch.tensor([7.0, 8.0, 9.0], dtype=torch.float64, requires_grad=True)
    y = x * 2
    y.copy_(row)
    (y * torch.tensor(MATRIX)).sum().backward()
    yield "the result", y.detach()
    yield "what was overwritten", x.grad
    yield "the source", row.grad
    yield "a shape that does not fit", attempt(torch.zeros(3).copy_, torch.zeros(2))
    yield "a larger shape", attempt(torch.zeros(3).copy_, torch.zeros(2, 3))


@scenario(cites="torch.reshape", needs=(*NEEDS, "autograd_grad", "higher_order"))
def moves_differentiate_twice(torch):
    """A function of moved elements has the second derivatives of the function of the elements."""
    for label, function in (
        ("reshape", lambda x: x.reshape(3, 2)),
        ("t", lambda x: x.t()),
        ("permute", lambda x: x.permute(1, 0)),
        ("transpose", lambda x: x.transpose(0, 1)),
        ("squeeze", lambda x: x.unsqueeze(1).squeeze(1)),
        ("expand", lambda x: x.unsqueeze(0).expand(2, 2, 3)),
        ("flip", lambda x: x.flip(0)),
        ("roll", lambda x: x.roll(1, 1)),
        ("repeat", lambda x: x.repeat(2, 1)),
        ("cat", lambda x: torch.cat([x, x[:1]], 0)),
        ("stack", lambda x: torch.stack([x, x], 1)),
        ("split", lambda x: x.split(2, 1)[0]),
        ("unbind", lambda x: x.unbind(1)[2]),
        ("narrow", lambda x: x.narrow(1, 1, 2)),
        ("select", lambda x: x.select(0, 1)),
        ("diagonal", lambda x: x.diagonal(1)),
        ("triu", lambda x: x.triu()),
        ("tril", lambda x: x.tril()),
        ("gather", lambda x: x.gather(1, torch.tensor([[0, 0], [2, 1]]))),
        ("index_select", lambda x: x.index_select(1, torch.tensor([2, 2]))),
        ("masked_select", lambda x: x.masked_select(x > 2)),
        ("masked_fill", lambda x: x.masked_fill(x > 2, 1.0)),
        ("clone", lambda x: x.clone()),
    ):
        x = torch.tensor(MATRIX, requires_grad=True)
        (first,) = torch.autograd.grad((function(x) ** 3).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * torch.tensor(MATRIX)).sum(), x)
        yield label, second


@scenario(cites="torch.Tensor.expand", needs=(*NEEDS, "broadcasting", "views"))
def expand_makes_no_copies(torch):
    """`expand` gives a view, in which an element stands several times without being copied."""
    x = torch.tensor([[1.0], [2.0]])
    wide = x.expand(2, 3)
    yield "strides", wide.stride()
    yield "starts where its input starts", wide.data_ptr() == x.data_ptr()


@scenario(cites="torch.Tensor.contiguous", needs=(*NEEDS, "views"))
def what_is_contiguous_is_not_copied(torch):
    """`contiguous` gives the tensor itself, where its elements stand in order, and a copy where they do not."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "in order", x.contiguous() is x
    turned = x.t()
    copied = turned.contiguous()
    yield "turned", copied
    yield "strides", (turned.stride(), copied.stride())
    yield "starts where its input starts", copied.data_ptr() == x.data_ptr()


@scenario(cites="torch.flip", needs=(*NEEDS, "inplace"))
def flip_makes_a_copy(torch):
    """`flip` copies: what is written into its result leaves its input alone."""
    x = torch.tensor([1.0, 2.0, 3.0])
    flipped = x.flip(0)
    flipped.mul_(10)
    yield "flipped", flipped
    yield "its input", x
