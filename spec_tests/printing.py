"""Printing: the text of tensors."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "printing")


@scenario(cites="torch.Tensor: printing", needs=("printing",))
def scalars(torch):
    """A tensor without dimensions prints its number with four digits after the point, an integral float with a bare point."""
    for value in (1.0, 0.5, -2.0, 3.14159265, 1 / 3, 0.0, -0.0):
        yield str(value), repr(torch.tensor(value))


@scenario(cites="torch.Tensor: printing", needs=("printing", "dtypes"))
def integers_and_bools(torch):
    """Integers and bools print as in Python."""
    yield "an integer", repr(torch.tensor(7))
    yield "a bool", repr(torch.tensor(True))
    yield "a list of integers", repr(torch.tensor([1, -20, 300]))
    yield "a list of bools", repr(torch.tensor([True, False]))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def columns_are_aligned(torch):
    """All elements are written with the same width and the same number of digits."""
    yield "signs", repr(torch.tensor([1.5, -2.25, 100.0]))
    yield "whole numbers", repr(torch.tensor([1.0, -20.0, 300.0]))
    yield "a matrix", repr(torch.tensor([[1.0, 22.0], [333.0, -4.0]]))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def one_fraction_gives_all_digits(torch):
    """A single element that is no whole number gives four digits to all."""
    yield "one of three", repr(torch.tensor([1.0, 2.0, 2.5]))


@scenario(cites="torch.Tensor: printing", needs=(*NEEDS, "dtypes"))
def magnitudes_far_apart_are_scientific(torch):
    """Scientific notation is taken where the largest magnitude is 1000 times the smallest, or above 1e8, or below 1e-4."""
    yield "ratio of 1000", repr(torch.tensor([0.5, 500.0]))
    yield "ratio above 1000", repr(torch.tensor([0.5, 501.0]))
    yield "large", repr(torch.tensor([1e8, 2e8]))
    yield "larger", repr(torch.tensor([1e9, 2e9]))
    for value in (99999999.5, 100000000.5):
        yield f"{value}", repr(torch.tensor([value], dtype=torch.float64))
    yield "small", repr(torch.tensor([1e-4, 1e-3]))
    yield "smaller", repr(torch.tensor([1e-5, 1e-4]))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def nan_and_infinity(torch):
    """nan and inf take part in the width, but not in the choice of notation."""
    yield "beside whole numbers", repr(torch.tensor([1.0, float("nan"), float("inf")]))
    yield "beside fractions", repr(torch.tensor([0.5, float("nan"), float("-inf")]))
    yield "alone", repr(torch.tensor([float("nan"), float("-inf")]))
    yield "without dimensions", repr(torch.tensor(float("nan")))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def empty_tensors(torch):
    """An empty tensor prints `[]`, with its size where that is not (0,)."""
    yield "of one dimension", repr(torch.tensor([]))
    yield "of two", repr(torch.zeros(0, 3))
    yield "of integers", repr(torch.zeros(0, dtype=torch.int64))


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "dtypes"))
def dtypes_are_named_unless_obvious(torch):
    """The dtype is named unless it is the default float, int64 or bool."""
    for dtype in (torch.float64, torch.float16, torch.int32, torch.uint8, torch.int64, torch.bool, torch.complex64):
        yield str(dtype), repr(torch.ones(2, dtype=dtype))


@scenario(cites="torch.set_default_dtype", needs=("tensor", "printing", "dtypes"))
def the_default_dtype_is_not_named(torch):
    """With another default dtype it is float32 that is named."""
    try:
        torch.set_default_dtype(torch.float64)
        yield "float64", repr(torch.ones(2, dtype=torch.float64))
        yield "float32", repr(torch.ones(2, dtype=torch.float32))
    finally:
        torch.set_default_dtype(torch.float32)


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "dtypes"))
def complex_numbers(torch):
    """Complex numbers print both parts, each with its own digits."""
    yield "a list", repr(torch.tensor([1 + 2j, -0.5 - 1j]))
    yield "one number", repr(torch.tensor(1j))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def matrices_are_nested(torch):
    """Rows stand below each other, aligned with the first; blocks of three dimensions and more are parted by empty lines."""
    yield "two dimensions", repr(torch.arange(6.0).view(2, 3))
    yield "three dimensions", repr(torch.arange(8.0).view(2, 2, 2))
    yield "four dimensions", repr(torch.arange(4.0).view(2, 1, 2, 1))


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def long_rows_are_broken(torch):
    """A row wider than 80 characters is continued below, indented."""
    yield "thirty numbers", repr(torch.arange(30.0))
    yield "in a matrix", repr(torch.arange(40).view(2, 20) * 1000)


@scenario(cites="torch.set_printoptions: threshold", needs=NEEDS)
def large_tensors_are_summarised(torch):
    """A tensor of more than 1000 elements shows the first and last three of each dimension."""
    yield "1001 numbers", repr(torch.arange(1001.0))
    yield "1000 numbers are shown in full", repr(torch.zeros(1000)).count("0.")
    yield "a matrix", repr(torch.arange(1600).view(40, 40))


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "flags"))
def leaves_say_that_they_require_grad(torch):
    """A leaf that requires grad says so."""
    yield "a scalar", repr(torch.tensor(1.5, requires_grad=True))
    yield "a list", repr(torch.tensor([1.5, 2.0], requires_grad=True))
    yield "after its dtype", repr(torch.tensor([1.5], dtype=torch.float64, requires_grad=True))


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "graph"))
def results_name_their_grad_fn(torch):
    """A recorded result prints the name of its grad_fn, without an address."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a product", repr(x * 2)
    yield "a sum", repr(x.sum())
    y = x * 1
    y[0] = 5.0
    yield "after an assignment", repr(y)


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "flags"))
def notes_move_to_a_line_of_their_own(torch):
    """What follows the numbers goes to the next line where it would not fit on the last."""
    x = torch.full((8,), 1.23456).requires_grad_()
    yield "eight numbers", repr(x)
    yield "nine numbers", repr(torch.full((9,), 1.23456).requires_grad_())
    yield "a matrix", repr(torch.full((2, 7), 1.23456, dtype=torch.float64).requires_grad_())


@scenario(cites="torch.set_printoptions: precision", needs=NEEDS)
def precision_counts_digits(torch):
    """`precision` sets the digits after the point."""
    x = torch.tensor([3.14159265, 2.0])
    for precision in (2, 7, 0):
        torch.set_printoptions(precision=precision)
        yield f"precision {precision}", repr(x)


@scenario(cites="torch.set_printoptions: sci_mode", needs=NEEDS)
def scientific_notation_can_be_chosen(torch):
    """`sci_mode` forces scientific notation, or forbids it."""
    for mode in (True, False):
        torch.set_printoptions(sci_mode=mode)
        yield f"sci_mode={mode}", repr(torch.tensor([0.00001, 1000.0]))


@scenario(cites="torch.set_printoptions: threshold", needs=NEEDS)
def threshold_and_edge_items(torch):
    """`threshold` sets from which size on a tensor is summarised, `edgeitems` how many elements remain at each end."""
    torch.set_printoptions(threshold=5, edgeitems=1)
    yield "six numbers", repr(torch.arange(6.0))
    yield "five numbers", repr(torch.arange(5.0))
    yield "a matrix", repr(torch.arange(9).view(3, 3))


@scenario(cites="torch.set_printoptions: linewidth", needs=(*NEEDS, "shapes"))
def linewidth_breaks_rows(torch):
    """`linewidth` sets where rows are broken."""
    torch.set_printoptions(linewidth=30)
    yield "ten numbers", repr(torch.arange(10.0))
    for width in (19, 20):
        torch.set_printoptions(linewidth=width)
        for size in ((5,), (1, 5), (1, 1, 5), (1, 1, 1, 5)):
            yield f"{size} in {width}", repr(torch.arange(5).reshape(size))


@scenario(cites="torch.set_printoptions: profile", needs=NEEDS)
def profiles_set_several_options(torch):
    """The profiles short, full and default set all options at once."""
    x = torch.arange(1200.0) / 7
    torch.set_printoptions(profile="short")
    yield "short", repr(x)
    torch.set_printoptions(profile="full")
    yield "full shows everything", repr(x).count(".")
    torch.set_printoptions(profile="default")
    yield "default", repr(x)


@scenario(cites="torch.Tensor: printing", needs=("printing",))
def str_is_repr(torch):
    """`str` and `repr` give the same text."""
    x = torch.tensor(1.5, requires_grad=True)
    yield "the same", str(x) == repr(x)


@scenario(cites="torch.Tensor: printing", needs=NEEDS)
def format_of_scalars_is_that_of_numbers(torch):
    """An f-string formats a tensor without dimensions like its number; one with dimensions takes no format."""
    yield "two digits", f"{torch.tensor(3.14159):.2f}"
    yield "an integer", f"{torch.tensor(7):03d}"
    yield "no format", f"{torch.tensor(2.0)}"
    yield "a list without format", f"{torch.tensor([1.0, 2.0])}"
    yield "a list with one", attempt(format, torch.tensor([1.0, 2.0]), ".2f")


@scenario(cites="torch.Tensor: printing", needs=("printing", "graph"))
def format_of_a_recorded_scalar(torch):
    """An f-string without format writes the number of a scalar that does not require grad, and all of one that does."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "a leaf", f"{x}"
    yield "a result", f"{x * x}"
    yield "with digits", attempt(format, x * x, ".1f")


@scenario(cites="torch.Size", needs=NEEDS)
def sizes_and_dtypes_print_their_names(torch):
    """Shapes, dtypes and devices print by their PyTorch names."""
    x = torch.zeros(2, 3)
    yield "shape", repr(x.shape)
    yield "no dimensions", repr(torch.tensor(1.0).shape)
    yield "dtype", repr(x.dtype)
    yield "device", (repr(x.device), str(x.device))


@scenario(cites="torch.Tensor: printing", needs=("tensor", "printing", "views", "shapes"))
def views_print_like_any_tensor(torch):
    """What is printed are the elements in row-major order, however they lie in memory."""
    x = torch.arange(6.0).view(2, 3)
    yield "a transpose", repr(x.t())
    yield "an expansion", repr(x[0].expand(2, 3))
    yield "every second column", repr(x[:, ::2])


@scenario(cites="torch.max: return type", needs=("tensor", "printing", "functions"))
def results_with_names_print_them(torch):
    """`max` along a dimension prints as a named tuple."""
    yield "max", repr(torch.tensor([[1.0, 5.0], [7.0, 2.0]]).max(dim=1))


@scenario(cites="torch.Tensor: printing", needs=(*NEEDS, "dtypes"))
def columns_of_complex_numbers(torch):
    """Both parts of complex numbers have a width of their own, and as many of them stand in a line as fit into it."""
    for label, values in {
        "signs": [1.5 - 2j, -10 + 0.25j, 3 + 100j],
        "whole": [1 - 2j, -10 + 5j],
        "large": [1e6 + 1j, 1e-6 - 2j],
        "not finite": [complex(float("inf"), 1), complex(float("nan"), -2), 3 - 4j],
        "a matrix": [[1 - 2.5j, 10 + 5j], [-3 + 0j, 0 - 1j]],
        "many": [k * 1.5 - k * k * 2j for k in range(25)],
        "of no dimensions": 2.5 - 1j,
        "none": [],
    }.items():
        yield label, repr(torch.tensor(values, dtype=torch.complex64))
        yield f"{label}, with 20 in a line", repr(torch.tensor(values, dtype=torch.complex128))
    for width in range(2, 9):
        yield f"{width} in a row", repr(torch.arange(10.0 ** (width - 1), 10.0 ** (width - 1) + 12))
