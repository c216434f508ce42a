"""Rearranging: functions made of simpler ones, which repeat, divide, turn, compare neighbours and count."""

from gradspec import attempt, scenario

WIDE = [[1.0, -2.0, 4.0], [3.0, 0.5, -1.0]]
LONG = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0]
NEEDS = ("tensor", "shapes", "functions")


def gradients(torch, function, *data):
    """The result of `function` on the tensors, and their gradients, where the result's elements have weights 1, 2, 3, ..."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    y = function(*tensors)
    (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum().backward()
    return (y.detach(), *(t.grad for t in tensors))


@scenario(cites="torch.atleast_1d; torch.atleast_2d; torch.atleast_3d", needs=NEEDS)
def so_many_dimensions_at_least(torch):
    """`atleast_1d`, `2d` and `3d` add dimensions of size one in front, and to a matrix behind."""
    for data in (5.0, [1.0, 2.0], WIDE, [WIDE]):
        x = torch.tensor(data)
        for n in (1, 2, 3):
            yield f"{n} for {x.dim()}", getattr(torch, f"atleast_{n}d")(x)
    yield "several", torch.atleast_2d(torch.tensor(1.0), torch.tensor([2.0]))


@scenario(cites="torch.broadcast_tensors", needs=(*NEEDS, "broadcasting"))
def tensors_of_a_common_shape(torch):
    """`broadcast_tensors` expands each to the common shape; the gradient is summed back."""
    yield "the first", gradients(torch, lambda a, b: torch.broadcast_tensors(a, b)[0], [1.0, 2.0, 3.0], [[1.0], [2.0]])
    yield (
        "the second",
        gradients(torch, lambda a, b: torch.broadcast_tensors(a, b)[1] + 0 * a, [1.0, 2.0, 3.0], [[1.0], [2.0]]),
    )


@scenario(cites="torch.tile", needs=NEEDS)
def tiles(torch):
    """`tile` repeats along the last dimensions that it is given, or adds some in front."""
    yield "the last", gradients(torch, lambda x: x.tile(2), WIDE)
    yield "both", gradients(torch, lambda x: torch.tile(x, (2, 1)), WIDE)
    yield "more than there are", gradients(torch, lambda x: x.tile(2, 1, 2), WIDE)


@scenario(cites="torch.repeat_interleave", needs=NEEDS)
def elements_repeated_where_they_stand(torch):
    """`repeat_interleave` repeats each element on the spot, all alike or each as often as a tensor says."""
    yield "flattened", gradients(torch, lambda x: x.repeat_interleave(2), WIDE)
    yield "along 0", gradients(torch, lambda x: torch.repeat_interleave(x, 2, 0), WIDE)
    yield "each its number", gradients(torch, lambda x: x.repeat_interleave(torch.tensor([2, 0, 1]), dim=1), WIDE)


@scenario(cites="torch.tensor_split", needs=(*NEEDS, "views"))
def parts_of_almost_equal_size(torch):
    """`tensor_split` gives as many parts as asked for, the first ones larger, or cuts before the indices."""
    x = torch.tensor(LONG)
    yield "three", x.tensor_split(3)
    yield "at indices", torch.tensor_split(x, (2, 5))
    yield "at indices beyond and behind", torch.tensor_split(x, [3, 2, 9])
    yield "at a tensor of indices", torch.tensor_split(x, torch.tensor([1, -2]))
    yield "of columns", torch.tensor(WIDE).tensor_split(2, dim=1)


@scenario(cites="torch.tensor_split", needs=NEEDS)
def parts_have_gradients(torch):
    """The gradient of a part goes to the places that it was cut from."""
    yield "the second of three", gradients(torch, lambda x: x.tensor_split(3)[1], LONG)


@scenario(cites="torch.hsplit; torch.vsplit; torch.dsplit", needs=NEEDS)
def parts_by_direction(torch):
    """`hsplit`, `vsplit` and `dsplit` cut along columns, rows and depth."""
    x = torch.arange(8.0).reshape(2, 2, 2)
    yield "hsplit", torch.hsplit(x, 2)
    yield "vsplit", x.vsplit([1])
    yield "dsplit", x.dsplit(2)
    yield "hsplit of a vector", torch.tensor([1.0, 2.0]).hsplit(2)


@scenario(cites="torch.diff", needs=NEEDS)
def differences_of_neighbours(torch):
    """`diff` subtracts neighbours, as often as asked, with something before and after if given."""
    yield "once", gradients(torch, lambda x: x.diff(), WIDE)
    yield "twice", gradients(torch, lambda x: torch.diff(x, n=2), LONG)
    yield "along 0", gradients(torch, lambda x: x.diff(dim=0), WIDE)
    yield (
        "prepended and appended",
        gradients(torch, lambda x, a, b: torch.diff(x, prepend=a, append=b), LONG, [0.0], [9.0]),
    )


@scenario(cites="torch.trapezoid", needs=(*NEEDS, "broadcasting"))
def integrals(torch):
    """`trapezoid` integrates along a dimension, at equal distances or at given places, which have gradients, too."""
    yield "distance one", gradients(torch, torch.trapezoid, WIDE)
    yield "distance a half, along 0", gradients(torch, lambda y: torch.trapezoid(y, dx=0.5, dim=0), WIDE)
    yield "at places", gradients(torch, torch.trapezoid, WIDE, [0.0, 1.0, 4.0])


@scenario(cites="torch.cumulative_trapezoid", needs=(*NEEDS, "broadcasting"))
def running_integrals(torch):
    """`cumulative_trapezoid` gives the integral up to each place but the first."""
    yield "distance one", gradients(torch, torch.cumulative_trapezoid, LONG)
    yield "at places", gradients(torch, torch.cumulative_trapezoid, WIDE, [0.0, 1.0, 4.0])


@scenario(cites="torch.rot90; torch.fliplr; torch.flipud", needs=NEEDS)
def turned_and_mirrored(torch):
    """`rot90` turns by quarters, either way round; `fliplr` and `flipud` mirror."""
    for k in (0, 1, 2, 3, -1):
        yield f"{k} quarters", gradients(torch, lambda x, k=k: torch.rot90(x, k), WIDE)
    yield "the other way", gradients(torch, lambda x: x.rot90(1, (1, 0)), WIDE)
    yield "fliplr", gradients(torch, lambda x: x.fliplr(), WIDE)
    yield "flipud", gradients(torch, torch.flipud, WIDE)


@scenario(cites="torch.ravel; torch.moveaxis; torch.swapdims", needs=NEEDS)
def other_names_for_shapes(torch):
    """`ravel`, `moveaxis` and `swapdims` are flatten, movedim and transpose by other names."""
    yield "ravel", gradients(torch, lambda x: x.ravel(), WIDE)
    yield "moveaxis", gradients(torch, lambda x: torch.moveaxis(x, 0, 1), WIDE)
    yield "swapdims", gradients(torch, lambda x: x.swapdims(0, 1), WIDE)
    yield "concat", gradients(torch, lambda x: torch.concat([x, x]), WIDE)
    yield "concatenate", gradients(torch, lambda x: torch.concatenate([x, x], 1), WIDE)


@scenario(cites="torch.Tensor.reshape_as; torch.Tensor.sum_to_size", needs=NEEDS)
def in_the_shape_of_another(torch):
    """`reshape_as` takes the shape of another tensor; `sum_to_size` sums back what was broadcast."""
    yield "reshape_as", gradients(torch, lambda x: x.reshape_as(torch.zeros(3, 2)), WIDE)
    yield "sum_to_size", gradients(torch, lambda x: x.sum_to_size(1, 3), WIDE)
    yield "sum_to_size, fewer dimensions", gradients(torch, lambda x: x.sum_to_size(3), WIDE)


@scenario(cites="torch.nonzero; torch.argwhere; torch.count_nonzero", needs=NEEDS)
def what_is_not_zero(torch):
    """`nonzero` and `argwhere` give the places that are not zero, `count_nonzero` how many they are."""
    x = torch.tensor([[0.0, 2.0], [-1.0, 0.0], [0.0, 3.0]], requires_grad=True)
    yield "nonzero", torch.nonzero(x)
    yield "argwhere", x.argwhere()
    yield "one tensor a dimension", x.nonzero(as_tuple=True)
    yield "of a scalar", torch.tensor(2.0).nonzero()
    yield "count", x.count_nonzero()
    yield "count along 0", torch.count_nonzero(x, 0)


@scenario(cites="torch.Tensor.fill_diagonal_", needs=(*NEEDS, "inplace"))
def a_diagonal_filled(torch):
    """`fill_diagonal_` writes over the diagonal, whose gradient stops."""

    def filled(x):
        return (x * 1).fill_diagonal_(9.0)

    yield "wide", gradients(torch, filled, WIDE)
    yield "square", gradients(torch, filled, [[1.0, 2.0], [3.0, 4.0]])


@scenario(cites="torch.Tensor.triu_; torch.Tensor.tril_; torch.Tensor.cumsum_", needs=(*NEEDS, "inplace"))
def triangles_and_running_sums_in_place(torch):
    """The in-place forms of triangles and running sums and products are recorded."""
    yield "triu_", gradients(torch, lambda x: (x * 1).triu_(1), WIDE)
    yield "tril_", gradients(torch, lambda x: (x * 1).tril_(), WIDE)
    yield "cumsum_", gradients(torch, lambda x: (x * 1).cumsum_(1), WIDE)
    yield "cumprod_", gradients(torch, lambda x: (x * 1).cumprod_(0), WIDE)


@scenario(cites="torch.eq; torch.ge", needs=NEEDS)
def comparisons_by_name(torch):
    """Comparisons have names, short and long, and give booleans without gradient."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    for name in "ge gt le lt ne eq greater greater_equal less less_equal not_equal".split():
        yield name, getattr(x, name)(2)


@scenario(cites="torch.subtract; torch.true_divide; torch.positive", needs=NEEDS)
def other_names_for_arithmetic(torch):
    """`subtract`, `true_divide`, `multiply` and `positive` are the operators by name."""
    yield "subtract", gradients(torch, lambda x, y: torch.subtract(x, y, alpha=2), WIDE, WIDE)
    yield "true_divide", gradients(torch, torch.true_divide, WIDE, WIDE)
    yield "positive", gradients(torch, torch.positive, WIDE)
    yield "positive of booleans", attempt(torch.positive, torch.tensor([True]))


@scenario(cites="torch.Tensor.set_; torch.Tensor.is_set_to", needs=("tensor", "inplace", "views"))
def tensors_set_to_the_memory_of_others(torch):
    """`set_` lets a tensor show the memory of another; `is_set_to` says so."""
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0])
    yield "before", x.is_set_to(y)
    x.set_(y)
    yield "after", x.is_set_to(y)
    y[0] = 7.0
    yield "what x shows", x
    yield "without a source", x.set_()


@scenario(cites="torch.Tensor.resize_", needs=("tensor", "inplace"))
def resized_tensors(torch):
    """`resize_` shows as much of the memory as the new size needs, and refuses tensors that require grad."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    yield "smaller", x.resize_(2)
    yield "back again", x.resize_(2, 2)
    yield "of a tensor that requires grad", attempt(torch.ones(2, requires_grad=True).resize_, 1)


@scenario(cites="torch.Tensor.is_nonzero; torch.Tensor.is_same_size", needs=("tensor",))
def questions_about_a_tensor(torch):
    """A tensor answers whether it is zero, as large as another, on which device, and of which kind."""
    x = torch.tensor([2.0])
    yield "is_nonzero", (x.is_nonzero(), (x - 2).is_nonzero())
    yield "is_nonzero of two", attempt(torch.ones(2).is_nonzero)
    yield "is_same_size", (x.is_same_size(torch.zeros(1)), x.is_same_size(torch.zeros(2)))
    yield "get_device", x.get_device()
    yield (
        "kinds",
        (x.is_cpu, x.is_cuda, x.is_sparse, x.is_quantized, x.is_meta, x.is_mkldnn, x.is_mps, x.is_xpu, x.is_nested),
    )
    yield "is_shared", x.is_shared()
    yield "cpu is itself", x.cpu() is x


@scenario(cites="torch.special.softmax; torch.nn.functional.softmin", needs=NEEDS)
def softmin_is_softmax_upside_down(torch):
    """`softmin` is `softmax` of the negated input."""
    yield "softmin", gradients(torch, lambda x: torch.nn.functional.softmin(x, dim=1), WIDE)


@scenario(cites="torch.hstack; torch.vstack; torch.dstack; torch.column_stack", needs=NEEDS)
def stacks_by_direction(torch):
    """`hstack`, `vstack`, `dstack` and `column_stack` join tensors, of fewer dimensions as rows or columns."""
    for name in ("hstack", "vstack", "dstack", "column_stack"):
        yield (
            f"{name} of vectors",
            gradients(torch, lambda a, b, name=name: getattr(torch, name)([a, b]), [1.0, 2.0], [3.0, 4.0]),
        )
        yield f"{name} of matrices", gradients(torch, lambda a, name=name: getattr(torch, name)((a, a * 2)), WIDE)


@scenario(cites="torch.vdot; torch.std_mean", needs=NEEDS)
def two_results_and_dot_products(torch):
    """`std_mean` gives both with their gradients; `vdot` of real vectors is `dot`."""
    yield "std", gradients(torch, lambda x: torch.std_mean(x, 1)[0], WIDE)
    yield "mean", gradients(torch, lambda x: torch.std_mean(x, dim=0)[1], WIDE)
    yield "vdot", gradients(torch, torch.vdot, [1.0, 2.0], [3.0, -4.0])


@scenario(cites="torch.Tensor.swapaxes_; torch.Tensor.split_with_sizes", needs=(*NEEDS, "inplace"))
def shapes_changed_in_place(torch):
    """`swapaxes_` and `swapdims_` transpose the tensor itself; `split_with_sizes` is `split` by sizes."""
    yield "swapaxes_", gradients(torch, lambda x: (x * 1).swapaxes_(0, 1), WIDE)
    yield "swapdims_", gradients(torch, lambda x: (x * 1).swapdims_(0, 1), WIDE)
    yield "split_with_sizes", gradients(torch, lambda x: x.split_with_sizes([1, 2], 1)[1], WIDE)


@scenario(cites="torch.Tensor.mH; torch.Tensor.resolve_conj", needs=("tensor", "shapes"))
def real_tensors_are_their_own_conjugates(torch):
    """A real tensor is not conjugated: mH is the transpose, and there is nothing to resolve."""
    x = torch.tensor(WIDE)
    yield "mH", x.mH
    yield "is_conj", (x.is_conj(), x.is_neg())
    yield "resolved", (x.resolve_conj() is x, x.resolve_neg() is x)


@scenario(cites="torch.is_tensor; torch.is_floating_point; torch.is_complex", needs=("tensor", "dtypes"))
def questions_asked_of_functions(torch):
    """Functions ask whether something is a tensor, of floats, of complex numbers, not zero."""
    x = torch.tensor([2.0])
    yield "is_tensor", (torch.is_tensor(x), torch.is_tensor([2.0]))
    yield "is_floating_point", (torch.is_floating_point(x), torch.is_floating_point(torch.tensor([2])))
    yield "is_complex", (torch.is_complex(x), torch.is_complex(torch.tensor([1 + 2j])))
    yield "is_nonzero", (torch.is_nonzero(x), torch.is_nonzero(x - 2))
    yield "is_inference", torch.is_inference(x)
    yield "detach", torch.detach(x.requires_grad_()).requires_grad


@scenario(cites="torch.Tensor.resize_", needs=("tensor", "inplace"))
def a_tensor_resized_beyond_its_memory(torch):
    """`resize_` to more elements than there is memory for keeps those that were there."""
    x = torch.tensor([1.0, 2.0])
    x.resize_(3)
    yield "the shape", list(x.shape)
    yield "what was there", x[:2]


@scenario(cites="torch.inner; torch.diag_embed", needs=(*NEEDS, "matmul"))
def inner_products(torch):
    """`inner` sums products over the last dimensions; with a scalar it multiplies."""
    yield "matrices", gradients(torch, torch.inner, WIDE, [[1.0, 0.0, 2.0]])
    yield "with a scalar", gradients(torch, torch.inner, WIDE, 3.0)
