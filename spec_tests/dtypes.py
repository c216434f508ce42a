"""Dtypes: what the elements are, and how dtypes meet."""

from gradspec import attempt, scenario


def names(values):
    """The dtypes of tensors, as text."""
    return [str(value.dtype) for value in values]


@scenario(cites="torch.tensor: dtype", needs=("tensor", "dtypes"))
def dtypes_are_inferred_from_python(torch):
    """Floats make float32, ints int64, bools bool, complex numbers complex64; the widest kind in a list decides."""
    sources = (1.0, 1, True, 1j, [1, 2.0], [True, 2], [1.0, 2j], [])
    yield "dtypes", names(torch.tensor(source) for source in sources)


@scenario(cites="torch.set_default_dtype", needs=("tensor", "dtypes"))
def the_default_dtype_is_that_of_floats(torch):
    """The default dtype is that of tensors made from Python floats; integers keep theirs, complex numbers follow."""
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        made = (torch.tensor(1.0), torch.zeros(1), torch.tensor(1), torch.tensor(1j), torch.arange(2.0))
        yield "dtypes", names(made)
        yield "an integer divided", str((torch.tensor(1) / 2).dtype)
    finally:
        torch.set_default_dtype(before)
    yield "afterwards", str(torch.tensor(1.0).dtype)


@scenario(cites="torch.set_default_dtype", needs=("dtypes",))
def the_default_dtype_must_be_floating(torch):
    """The default dtype must be a floating point dtype."""
    yield "int64", attempt(torch.set_default_dtype, torch.int64)


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def python_numbers_do_not_widen(torch):
    """A Python number of the same kind leaves a tensor's dtype alone: float16 times a float is float16."""
    tensors = [torch.ones(1, dtype=each) for each in (torch.float16, torch.float64, torch.int8, torch.uint8)]
    yield "times 2", names(each * 2 for each in tensors)
    yield "times 2.0", names(each * 2.0 for each in tensors[:2])


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def python_numbers_of_a_higher_kind_promote(torch):
    """A Python number of a higher kind gives the default dtype of its kind: int8 times a float is float32."""
    tensors = [torch.ones(1, dtype=each) for each in (torch.bool, torch.int8, torch.int64)]
    yield "times 2.0", names(each * 2.0 for each in tensors)
    yield "plus True", names(each + True for each in tensors)
    yield "bool plus 1", str((tensors[0] + 1).dtype)
    yield "times 1j", names(each * 1j for each in (torch.ones(1), torch.ones(1, dtype=torch.float64)))


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def tensors_of_two_dtypes_promote(torch):
    """Two tensors with dimensions meet in the smallest dtype that holds both; a float keeps its width beside integers."""
    pairs = (
        (torch.int8, torch.int32), (torch.uint8, torch.int8), (torch.bool, torch.uint8), (torch.int64, torch.float16),
        (torch.float16, torch.float32), (torch.float32, torch.float64), (torch.float64, torch.complex64),
    )  # fmt: skip
    yield "sums", names(torch.ones(1, dtype=a) + torch.ones(1, dtype=b) for a, b in pairs)


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes", "broadcasting"))
def tensors_without_dimensions_count_less(torch):
    """A tensor without dimensions does not widen one with dimensions of the same kind, and does promote a lower kind."""
    scalar = torch.tensor(1.0, dtype=torch.float64)
    yield "float32 with dimensions", str((torch.ones(1) * scalar).dtype)
    yield "int64 with dimensions", str((torch.ones(1, dtype=torch.int64) * scalar).dtype)
    yield "float32 without", str((torch.tensor(1.0) * scalar).dtype)
    yield "int8 with, int64 without", str((torch.ones(1, dtype=torch.int8) * torch.tensor(1)).dtype)


@scenario(cites="torch.result_type", needs=("tensor", "dtypes"))
def promotion_can_be_asked(torch):
    """`promote_types`, `result_type` and `can_cast` tell the rules without computing anything."""
    yield "promote_types", str(torch.promote_types(torch.int32, torch.float16))
    yield "result_type", str(torch.result_type(torch.ones(1, dtype=torch.int8), 2.0))
    yield "can_cast", (torch.can_cast(torch.float32, torch.int64), torch.can_cast(torch.int64, torch.float32))


@scenario(cites="torch.div", needs=("tensor", "dtypes"))
def division_gives_floats(torch):
    """True division of integers and bools gives the default float; floor division of integers stays an integer."""
    x = torch.tensor([7, -7])
    yield "7 / 2", x / 2
    yield "7 // 2", x // 2
    yield "7 % 3", x % 3
    yield "True / True", torch.tensor(True) / torch.tensor(True)


@scenario(cites="torch.sum: dtype", needs=("tensor", "dtypes"))
def sums_of_integers_are_long(torch):
    """Sums and products of integers and bools are int64; those of floats keep their dtype, unless told otherwise."""
    small = torch.tensor([1, 2], dtype=torch.int8)
    yield "sum, prod, cumsum of int8", names((small.sum(), small.prod(), small.cumsum(0)))
    yield "sum of bool", torch.tensor([True, True]).sum()
    yield "sum of float16", str(torch.ones(2, dtype=torch.float16).sum().dtype)
    yield "sum of float32 as float64", str(torch.ones(2).sum(dtype=torch.float64).dtype)


@scenario(cites="torch.mean", needs=("tensor", "dtypes"))
def integers_have_no_mean(torch):
    """The mean of integers raises an error, unless a floating dtype is given."""
    x = torch.tensor([1, 2])
    yield "mean", attempt(x.mean)
    yield "mean as float64", x.mean(dtype=torch.float64)


@scenario(cites="torch.exp", needs=("tensor", "dtypes", "functions"))
def functions_of_integers_give_floats(torch):
    """exp, sqrt, sin and their like turn integers into the default float; abs, neg and relu do not."""
    x = torch.tensor([1, 4])
    yield "floats", names((torch.exp(x), torch.sqrt(x), torch.sin(x), torch.sigmoid(x)))
    yield "integers", names((torch.abs(x), -x, torch.relu(x), x**2))


@scenario(cites="torch.eq", needs=("tensor", "dtypes"))
def comparisons_give_bools(torch):
    """Comparisons give bool tensors, which take no part in gradients."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "x > 1", x > 1
    yield "x == x", x == x


@scenario(cites="torch.Tensor.requires_grad", needs=("tensor", "dtypes", "flags"))
def only_floats_require_grad(torch):
    """Tensors of integers and bools cannot require grad."""
    yield "creating", attempt(torch.tensor, [1, 2], requires_grad=True)
    yield "switching", attempt(torch.tensor([True]).requires_grad_)
    yield "zeros", attempt(torch.zeros, 2, dtype=torch.int64, requires_grad=True)
    yield "the attribute", attempt(setattr, torch.tensor([1]), "requires_grad", True)


@scenario(cites="torch.Tensor.requires_grad", needs=("tensor", "dtypes"))
def gradients_have_the_dtype_of_their_tensor(torch):
    """A gradient has the dtype of its tensor, also where the operation was in another."""
    half = torch.tensor([1.0, 2.0], dtype=torch.float16, requires_grad=True)
    double = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    product = half * double
    yield "the product", product
    product.sum().backward()
    yield "of the float16 factor", half.grad
    yield "of the float64 factor", double.grad


@scenario(cites="torch.Tensor.to", needs=("tensor", "dtypes"))
def casts_are_recorded(torch):
    """A cast between floating dtypes is recorded: the gradient comes back in the dtype of the leaf."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.to(torch.float64)
    yield "the cast", y
    (y * y).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.to", needs=("tensor", "dtypes"))
def casts_to_integers_cut(torch):
    """A cast to integers truncates towards zero, and its result does not require grad."""
    x = torch.tensor([1.9, -1.9], requires_grad=True)
    yield "long", x.long()
    yield "back again", x.long().float()


@scenario(cites="torch.Tensor.to", needs=("tensor", "dtypes"))
def casts_have_short_names(torch):
    """`float`, `double`, `half`, `int`, `long`, `short`, `char`, `byte`, `bool` are casts by name."""
    x = torch.tensor([0.0, 2.7])
    results = (x.float(), x.double(), x.half(), x.int(), x.long(), x.short(), x.char(), x.byte(), x.bool())
    yield "dtypes", names(results)
    yield "bool is whether it is not zero", x.bool()


@scenario(cites="torch.Tensor.to", needs=("tensor", "dtypes"))
def to_takes_a_dtype_in_several_ways(torch):
    """`to` takes a dtype, a tensor whose dtype to take, or dtype=; `type` and `type_as` do the same."""
    x = torch.tensor([1.0])
    other = torch.tensor([1], dtype=torch.int16)
    yield (
        "dtypes",
        names((x.to(torch.int16), x.to(other), x.to(dtype=torch.int16), x.type(torch.int16), x.type_as(other))),
    )


@scenario(cites="torch.Tensor.type", needs=("tensor", "dtypes"))
def type_names(torch):
    """`type()` without an argument tells the old name of the tensor's type."""
    dtypes = (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool)
    yield "names", [torch.zeros(1, dtype=each).type() for each in dtypes]


@scenario(cites="torch.dtype", needs=("dtypes",))
def dtypes_describe_themselves(torch):
    """A dtype tells whether it is floating or complex, signed, and its size in bytes."""
    for each in (torch.bool, torch.uint8, torch.int64, torch.float16, torch.float64, torch.complex64):
        yield str(each), (each.is_floating_point, each.is_complex, each.is_signed, each.itemsize)


@scenario(cites="torch.dtype", needs=("dtypes",))
def dtypes_have_aliases(torch):
    """`torch.float`, `double`, `half`, `long`, `int`, `short` and `cfloat` are other names for the sized dtypes."""
    pairs = (
        (torch.float, torch.float32), (torch.double, torch.float64), (torch.half, torch.float16),
        (torch.long, torch.int64), (torch.int, torch.int32), (torch.short, torch.int16),
        (torch.cfloat, torch.complex64), (torch.cdouble, torch.complex128),
    )  # fmt: skip
    yield "the same objects", [first is second for first, second in pairs]


@scenario(cites="torch.finfo", needs=("dtypes",))
def limits_of_dtypes(torch):
    """`finfo` and `iinfo` tell the limits of a dtype; each refuses the other's kind."""
    single, byte = torch.finfo(torch.float32), torch.iinfo(torch.int8)
    yield "float32", (single.eps, single.max, single.tiny, single.bits)
    yield "int8", (byte.min, byte.max, byte.bits)
    yield "finfo of an integer", attempt(torch.finfo, torch.int8)
    yield "iinfo of a float", attempt(torch.iinfo, torch.float32)


@scenario(cites="torch.Tensor.is_floating_point", needs=("tensor", "dtypes"))
def tensors_describe_their_dtype(torch):
    """A tensor tells what kind of numbers it holds, and how large they are."""
    for each in (torch.tensor([1.0]), torch.tensor([1]), torch.tensor([1j])):
        yield str(each.dtype), (each.is_floating_point(), each.is_complex(), each.element_size(), each.nbytes)


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes", "inplace"))
def in_place_keeps_the_dtype(torch):
    """An in-place operation keeps its tensor's dtype where the other operand is wider, but of no higher kind."""
    x = torch.ones(2)
    x += torch.ones(2, dtype=torch.float64)
    yield "float32 += float64", x
    n = torch.ones(2, dtype=torch.int8)
    n += torch.tensor([200, 1])
    yield "int8 += int64 wraps around", n
    yield "int64 += float32", attempt(torch.tensor([1]).add_, torch.tensor([1.0]))
    yield "bool += int64", attempt(torch.tensor([True]).add_, 1)


@scenario(cites="torch.Tensor.copy_", needs=("tensor", "dtypes", "inplace"))
def copying_casts(torch):
    """`copy_` casts to its tensor's dtype, whatever the source's, and so does assigning to a slice."""
    n = torch.zeros(2, dtype=torch.int64)
    n.copy_(torch.tensor([1.9, -1.9]))
    yield "floats copied into integers", n
    n[:] = torch.tensor([2.5, 3.5])
    yield "floats assigned to a slice", n
    n[0] = 7.9
    yield "a Python float assigned", n


@scenario(cites="torch.matmul", needs=("tensor", "dtypes", "matmul"))
def products_need_one_dtype(torch):
    """Matrix products do not promote: operands of two dtypes are an error."""
    x = torch.ones(2, 2)
    y = torch.ones(2, 2, dtype=torch.float64)
    yield "mm", attempt(torch.mm, x, y)
    yield "@", attempt(lambda: x @ y)
    yield "mv", attempt(torch.mv, x, y[0])
    yield "dot", attempt(torch.dot, x[0], y[0])


@scenario(cites="torch.cat", needs=("tensor", "dtypes", "shapes"))
def joining_promotes(torch):
    """`cat` and `stack` of tensors of several dtypes promote."""
    whole, real = torch.tensor([1]), torch.tensor([0.5])
    yield "cat", torch.cat([whole, real])
    yield "stack", torch.stack([whole, real])


@scenario(cites="torch.where", needs=("tensor", "dtypes", "functions"))
def where_promotes(torch):
    """`where` promotes its two branches, Python numbers among them."""
    condition = torch.tensor([True, False])
    yield "int and float", torch.where(condition, torch.tensor([1, 2]), torch.tensor([0.5, 0.5]))
    yield "float32 and a number", torch.where(condition, torch.tensor([1.0, 2.0]), 0)
    yield "two numbers", torch.where(condition, 1, 0.5)
    yield "condition of integers", attempt(torch.where, torch.tensor([1, 0]), 1.0, 2.0)


@scenario(cites="torch.pow", needs=("tensor", "dtypes"))
def powers_of_integers(torch):
    """Integers have integer powers; a negative exponent raises an error, a float exponent gives floats."""
    x = torch.tensor([2, 3])
    yield "squares", x**2
    yield "with a float exponent", x**0.5
    yield "with a negative exponent", attempt(lambda: x**-1)


@scenario(cites="torch.Tensor.item", needs=("dtypes",))
def items_are_python_numbers(torch):
    """`item` gives the Python number of the tensor's kind."""
    yield "of float32", torch.tensor(0.1).item()
    yield "of int64", torch.tensor(3).item()
    yield "of bool", torch.tensor(True).item()


@scenario(cites="torch.tensor", needs=("tensor", "dtypes"))
def numbers_that_do_not_fit(torch):
    """A Python integer beyond the dtype's range raises an error when a tensor is made of it."""
    yield "300 as uint8", attempt(torch.tensor, 300, dtype=torch.uint8)
    yield "2**63", attempt(torch.tensor, 2**63)
    yield "1e300 as float32", torch.tensor(1e300)


@scenario(cites="torch.Tensor.backward", needs=("tensor", "dtypes", "grad_argument"))
def the_gradient_given_is_cast(torch):
    """A gradient given in another floating dtype is cast to the result's."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).backward(torch.tensor([1.0, 2.0], dtype=torch.float64))
    yield "the gradient", x.grad


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def types_by_their_old_names(torch):
    """`type` names the kind of tensor, and casts to a kind by name, by dtype, or by the class of old."""
    x = torch.tensor([1.5, 2.5])
    yield "its name", x.type()
    yield "by name", x.type("torch.LongTensor")
    yield "by dtype", x.type(torch.float64)


@scenario(cites="torch.promote_types", needs=("tensor", "dtypes"))
def kinds_that_meet_by_dimensions(torch):
    """Of two tensors the one with dimensions decides, unless the other's kind (truth, whole, real, complex) is higher."""
    names = "bool uint8 int16 int64 float32 float64 complex64 complex128".split()
    others = [torch.ones(shape, dtype=getattr(torch, other)) for shape in ((2,), ()) for other in names]
    numbers = [True, 2, 2.5, 2j]
    for place, one in enumerate(names):
        row, dot = torch.ones(2, dtype=getattr(torch, one)), torch.ones((), dtype=getattr(torch, one))
        some = others[place % 3 :: 3]
        yield one, [str(torch.result_type(row, other)) for other in [*others, *numbers]]
        yield f"{one} alone", [str(torch.result_type(dot, other)) for other in [*others, *numbers]]
        yield f"{one} times", [(row * other).dtype == torch.result_type(row, other) for other in some]
        yield f"{one} written to", [attempt(row.clone().mul_, other).error is None for other in some]
        yield f"{one}, cast", [torch.can_cast(row.dtype, other.dtype) for other in others[: len(names)]]
    torch.set_default_dtype(torch.float64)
    for one in names:
        row = torch.ones(2, dtype=getattr(torch, one))
        yield f"{one}, by another default", [str(torch.result_type(row, other)) for other in [*others[4:6], *numbers]]
        yield f"{one}, the exponential", str((row.exp() if one[:3] != "com" else row.abs()).dtype)
    torch.set_default_dtype(torch.float32)


@scenario(cites="torch.Tensor.fill_", needs=("tensor", "dtypes", "inplace", "indexing"))
def a_number_becomes_an_element(torch):
    """A number that is written into a tensor becomes one of its elements, or raises: too large, complex, or no number."""
    numbers = {"uint8": (-1, 300), "int32": (2**40, float("nan")), "float16": (-1e9,), "float32": (1e300, 1j, 1 + 0j)}
    for name, some in numbers.items():
        x = torch.zeros(1, dtype=getattr(torch, name))
        for number in some:
            yield f"{name}, {number}", attempt(x.fill_, number)
            yield f"{name}, {number}, in two places", type(attempt(x.repeat(2).fill_, number).error).__name__
    half = torch.zeros(2, dtype=torch.float16)
    yield "behind a mask", attempt(half.masked_fill, torch.tensor([True, False]), -1e9)
    yield "by an index", attempt(half.__setitem__, 0, -1e9)
    yield "by an index, complex", attempt(half.__setitem__, 0, 1j)
    yield "full", attempt(torch.full, (1,), 1e300)


@scenario(cites="torch.eq", needs=("tensor", "dtypes"))
def a_number_beside_whole_elements(torch):
    """Compared with whole elements a number is one of them, as far as its bits go; beside booleans it makes them whole."""
    x = torch.tensor([1, 254], dtype=torch.uint8)
    yield "254 == -2", x == -2
    yield "254 < -2", x < -2
    yield "44 == 300", torch.tensor([44], dtype=torch.int8) == 300
    yield "300 bits", attempt(x.__gt__, 2**300)
    truth = torch.tensor([True, False])
    yield "booleans // 1", truth // 1
    yield "booleans << 1", truth << 1
    yield "booleans << booleans", attempt(truth.__lshift__, truth)
    yield "1 | whole", 1 | torch.tensor([2])
    yield "two numbers", type(attempt(torch.bitwise_and, 2, 1).error).__name__
    yield "~ of a float", attempt(torch.ones(1).__invert__)
    yield "+ of booleans", attempt(truth.__pos__)
