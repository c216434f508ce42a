"""Creation: new tensors, their dtype, their memory, and that they are leaves."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions")


def array(torch, numbers, dtype="float64"):
    """A NumPy array of its own, without a tensor that shares its memory."""
    return torch.tensor(numbers, dtype=torch.float64).numpy().astype(dtype)


@scenario(cites="torch.tensor", needs=("tensor", "dtypes"))
def the_dtype_is_inferred(torch):
    """`tensor` makes bools bool, ints int64, floats float32, complex numbers complex64, and the highest of mixed ones."""
    yield "bools", torch.tensor([True, False])
    yield "ints", torch.tensor([1, -2])
    yield "floats", torch.tensor([1.5, -2.0])
    yield "complex numbers", torch.tensor([1 + 2j])
    yield "a bool and an int", torch.tensor([True, 3])
    yield "an int and a float", torch.tensor([1, 2.5])
    yield "nothing", torch.tensor([])


@scenario(cites="torch.tensor: dtype", needs=("tensor", "dtypes"))
def the_dtype_can_be_given(torch):
    """dtype= casts: floats lose their fraction on the way to integers, and anything but zero is True."""
    yield "float64", torch.tensor([1, 2], dtype=torch.float64)
    yield "int32", torch.tensor([1.9, -1.9], dtype=torch.int32)
    yield "bool", torch.tensor([0.0, 0.5, -3.0], dtype=torch.bool)
    yield "float16", torch.tensor([0.1], dtype=torch.float16)
    yield "uint8", torch.tensor([0, 255], dtype=torch.uint8)


@scenario(cites="torch.tensor: data", needs=("tensor",))
def the_shape_is_that_of_the_lists(torch):
    """Nested lists and tuples give as many dimensions as they are deep; a number gives none."""
    yield "a number", torch.tensor(3.5)
    yield "three deep", torch.tensor([[[1.0], [2.0]]])
    yield "tuples", torch.tensor(((1, 2), (3, 4)))
    yield "empty rows", torch.tensor([[], []])
    yield "a range", torch.tensor(range(3))


@scenario(cites="torch.tensor: data", needs=("tensor",))
def data_must_be_regular(torch):
    """Ragged lists, strings, None and other objects raise errors."""
    yield "ragged", attempt(torch.tensor, [[1, 2], [3]])
    yield "too deep in part", attempt(torch.tensor, [1, [2]])
    yield "too deep among floats", attempt(torch.tensor, [1.0, [2.0]])
    yield "too flat in part", attempt(torch.tensor, [[1], 2])
    yield "a string", attempt(torch.tensor, "abc")
    yield "a list of strings", attempt(torch.tensor, ["a", "b"])
    yield "a string among numbers", attempt(torch.tensor, [1, "b"])
    yield "None", attempt(torch.tensor, None)
    yield "an object", attempt(torch.tensor, [object()])


@scenario(cites="torch.tensor: data", needs=("tensor", "dtypes"))
def numbers_must_fit_the_dtype(torch):
    """A number beyond the dtype raises an error, but negative ones wrap round to uint8."""
    yield "300 as uint8", attempt(torch.tensor, [300], dtype=torch.uint8)
    yield "nan as int64", attempt(torch.tensor, [float("nan")], dtype=torch.int64)
    yield "beyond int64", attempt(torch.tensor, [2**70])
    yield "-1 as uint8", torch.tensor([-1], dtype=torch.uint8)


@scenario(cites="torch.tensor", needs=("tensor", "flags"))
def new_tensors_are_leaves(torch):
    """A new tensor is a leaf without gradient, and requires grad only where that was asked for."""
    for label, x in (
        ("by default", torch.tensor([1.0])),
        ("requires_grad=True", torch.tensor([1.0], requires_grad=True)),
    ):
        yield label, (x.requires_grad, x.is_leaf)
        yield f"{label}: .grad and .grad_fn", (x.grad, x.grad_fn)


@scenario(cites="torch.zeros: requires_grad", needs=(*NEEDS, "flags"))
def all_factories_take_requires_grad(torch):
    """Every function that makes floating point tensors can make leaves that require grad."""
    like = torch.tensor([5.0, 6.0])
    yield "zeros", torch.zeros(2, requires_grad=True)
    yield "ones", torch.ones(2, requires_grad=True)
    yield "full", torch.full((2,), 7.0, requires_grad=True)
    yield "eye", torch.eye(2, requires_grad=True)
    yield "arange", torch.arange(2.0, requires_grad=True)
    yield "linspace", torch.linspace(0, 1, 2, requires_grad=True)
    yield "zeros_like", torch.zeros_like(like, requires_grad=True)
    yield "ones_like", torch.ones_like(like, requires_grad=True)
    yield "full_like", torch.full_like(like, 7, requires_grad=True)
    yield "new_tensor", like.new_tensor([1.0], requires_grad=True)
    yield "new_zeros", like.new_zeros(1, requires_grad=True)
    yield "new_full", like.new_full((1,), 2.0, requires_grad=True)


@scenario(cites="torch.tensor: requires_grad", needs=(*NEEDS, "flags", "dtypes"))
def integers_cannot_require_grad(torch):
    """Asking integers or booleans to require grad raises an error."""
    yield "tensor", attempt(torch.tensor, [1, 2], requires_grad=True)
    yield "a bool", attempt(torch.tensor, True, requires_grad=True)
    yield "arange", attempt(torch.arange, 3, requires_grad=True)
    yield "zeros", attempt(torch.zeros, 2, dtype=torch.int64, requires_grad=True)


@scenario(cites="torch.zeros_like: requires_grad", needs=(*NEEDS, "flags"))
def likeness_does_not_extend_to_gradients(torch):
    """`zeros_like` and the like take shape and dtype, but neither history nor requires_grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for name in ("zeros_like", "ones_like"):
        yield name, getattr(torch, name)(x)
    yield "full_like of a result", torch.full_like(x * 2, 3)
    yield "new_ones of a result", (x * 2).new_ones(2)


@scenario(cites="torch.tensor: data", needs=("tensor", "flags"))
def copying_a_tensor_cuts_it_off(torch):
    """`tensor` of a tensor copies its data, warns that clone would say so better, and is a leaf without history."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor(x * 2)
    yield "the copy", y
    yield "by new_tensor", x.new_tensor(x * 2)


@scenario(cites="torch.tensor: data", needs=("tensor", "inplace"))
def tensor_copies(torch):
    """`tensor` copies lists and tensors: later changes of the original do not show."""
    original = torch.tensor([1.0, 2.0])
    copy = original.new_tensor(original.tolist())
    original[0] = 9
    yield "the copy", copy


@scenario(cites="torch.tensor: data", needs=("tensor",))
def lists_of_tensors(torch):
    """A list of tensors of one element is taken as a list of their numbers, without their history."""
    a, b = torch.tensor(1.5), torch.tensor([2.5])
    yield "two", torch.tensor([a, b])
    yield "beside a number", torch.tensor([a, 3])
    yield "of ints", torch.tensor([torch.tensor(1), torch.tensor(2)])
    yield "that require grad", torch.tensor([torch.tensor(1.5, requires_grad=True), 2.0])
    yield "of several elements", attempt(torch.tensor, [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])])


@scenario(cites="torch.as_tensor", needs=("tensor", "flags"))
def as_tensor_gives_back_what_fits(torch):
    """`as_tensor` of a tensor is that very tensor, with its history, unless its dtype has to change."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield "the same object", (torch.as_tensor(x) is x, torch.as_tensor(y) is y)
    z = torch.as_tensor(y, dtype=torch.float64)
    z.sum().backward()
    yield "cast", z.detach()
    yield "the gradient", x.grad
    yield "of a list", torch.as_tensor([1, 2])


@scenario(cites="torch.from_numpy", needs=("tensor", "numpy"))
def from_numpy_shares_memory(torch):
    """`from_numpy` shares memory with the array: changes show in both directions; `tensor` copies."""
    origin = array(torch, [1.0, 2.0, 3.0])
    shared, copied = torch.from_numpy(origin), torch.tensor(origin)
    origin[0] = 10
    shared[1] = 20
    yield "shared", shared
    yield "copied", copied
    yield "the array", origin.tolist()
    yield "as_tensor shares too", torch.as_tensor(origin).data_ptr() == shared.data_ptr()


@scenario(cites="torch.from_numpy", needs=("tensor", "numpy", "dtypes"))
def numpy_dtypes_are_kept(torch):
    """Arrays keep their dtype, NumPy's float64 among them."""
    for name in ("float64", "float32", "int32", "uint8", "bool", "complex64"):
        yield name, torch.from_numpy(array(torch, [0, 1], name))
    yield "a NumPy number", torch.tensor(array(torch, [1.5])[0])
    yield "a list of NumPy numbers", torch.tensor(list(array(torch, [1.5, 2.5])))
    yield "a list of NumPy integers", torch.tensor(list(array(torch, [1, 2], "int32")))
    yield "beside a Python integer", torch.tensor([array(torch, [1], "int32")[0], 2])
    yield "a matrix", torch.tensor(array(torch, [[1, 2], [3, 4]], "int64"))


@scenario(cites="torch.from_numpy", needs=("tensor", "numpy"))
def arrays_must_hold_numbers(torch):
    """`from_numpy` takes arrays alone, and only of numbers."""
    yield "a list", attempt(torch.from_numpy, [1.0])
    yield "strings", attempt(torch.from_numpy, array(torch, [1.0], str))
    yield "read backwards", attempt(torch.from_numpy, array(torch, [0, 1, 2])[::-1])


@scenario(cites="torch.Tensor.numpy", needs=("tensor", "numpy", "inplace"))
def numpy_shares_memory(torch):
    """`numpy()` of a constant shares memory with it; of what requires grad it raises an error, unless force=True."""
    x = torch.tensor([1.0, 2.0])
    x.numpy()[0] = 5
    yield "changed through the array", x
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "of a leaf that requires grad", attempt(w.numpy)
    yield "of a result", attempt((w * 2).numpy)
    yield "forced", (w * 2).numpy(force=True).tolist()
    yield "detached", (w * 2).detach().numpy().tolist()
    yield "as NumPy asks for it, in another dtype", str(x.__array__("float64").dtype)


@scenario(cites="torch.zeros; torch.ones", needs=NEEDS)
def sizes_come_in_two_ways(torch):
    """Sizes are given one by one or as a tuple or list; no size gives a scalar."""
    yield "zeros(2, 1)", torch.zeros(2, 1)
    yield "ones((2, 1))", torch.ones((2, 1))
    yield "zeros([2])", torch.zeros([2])
    yield "zeros(())", torch.zeros(())
    yield "ones(0, 2)", torch.ones(0, 2)
    yield "another's shape", torch.ones(torch.zeros(1, 2).shape)


@scenario(cites="torch.zeros", needs=NEEDS)
def sizes_are_not_negative(torch):
    """A negative size raises an error."""
    yield "zeros", attempt(torch.zeros, -1)
    yield "ones", attempt(torch.ones, 2, -3)


@scenario(cites="torch.full", needs=(*NEEDS, "dtypes"))
def full_takes_the_value_s_dtype(torch):
    """`full` infers the dtype from the value; `full_like` keeps that of the tensor."""
    yield "an int", torch.full((2,), 7)
    yield "a float", torch.full((1, 2), 0.5)
    yield "a bool", torch.full((), True)
    yield "given", torch.full((2,), 7, dtype=torch.float64)
    yield "full_like", torch.full_like(torch.tensor([1, 2]), 3)
    yield "full_like in another dtype", torch.full_like(torch.tensor([1, 2]), 0.5, dtype=torch.float32)


@scenario(cites="torch.empty", needs=(*NEEDS, "flags"))
def empty_promises_shape_and_dtype(torch):
    """`empty`, `empty_like` and `new_empty` promise a shape and a dtype, and nothing of their numbers."""
    for label, x in (
        ("empty", torch.empty(2, 3)),
        ("given a dtype", torch.empty((4,), dtype=torch.int32)),
        ("empty_like", torch.empty_like(torch.zeros(2, dtype=torch.float64))),
        ("new_empty", torch.zeros(1).new_empty((0, 2))),
        ("requires grad", torch.empty(1, requires_grad=True)),
    ):
        yield label, (tuple(x.shape), str(x.dtype), x.requires_grad)


@scenario(cites="torch.arange", needs=(*NEEDS, "dtypes"))
def ranges_leave_out_their_end(torch):
    """`arange` counts from start up to, without, end; it is int64 where all its arguments are ints."""
    yield "arange(4)", torch.arange(4)
    yield "arange(1, 4)", torch.arange(1, 4)
    yield "arange(1, 10, 4)", torch.arange(1, 10, 4)
    yield "downwards", torch.arange(5, 0, -2)
    yield "floats", torch.arange(0, 1, 0.25)
    yield "a float end", torch.arange(2.5)
    yield "given a dtype", torch.arange(3, dtype=torch.float64)
    yield "nothing", torch.arange(3, 3)


@scenario(cites="torch.arange", needs=NEEDS)
def ranges_must_lead_somewhere(torch):
    """`arange` with a step of zero, or away from its end, raises an error."""
    yield "step 0", attempt(torch.arange, 0, 3, 0)
    yield "away", attempt(torch.arange, 3, 0)


@scenario(cites="torch.linspace", needs=(*NEEDS, "dtypes"))
def linspace_includes_both_ends(torch):
    """`linspace` gives so many numbers at equal distances, both ends included."""
    yield "five", torch.linspace(0, 1, 5)
    yield "downwards", torch.linspace(3, -3, 4)
    yield "one", torch.linspace(2, 5, 1)
    yield "none", torch.linspace(2, 5, 0)
    yield "ten in float64", torch.linspace(0, 1, 10, dtype=torch.float64)
    yield "of integers", torch.linspace(0, 10, 5, dtype=torch.int64)
    yield "a negative number", attempt(torch.linspace, 0, 1, -1)


@scenario(cites="torch.eye", needs=(*NEEDS, "dtypes"))
def eye_has_ones_on_the_diagonal(torch):
    """`eye` is the identity matrix, or a part of it that is not square."""
    yield "square", torch.eye(2)
    yield "wide", torch.eye(2, 3)
    yield "of integers", torch.eye(2, dtype=torch.int64)
    yield "a negative number", attempt(torch.eye, -1)
    yield "a negative second number", attempt(torch.eye, 2, -1)


@scenario(cites="torch.zeros_like", needs=(*NEEDS, "dtypes"))
def likeness_is_shape_and_dtype(torch):
    """`zeros_like` and `ones_like` have the shape and dtype of their argument, unless another dtype is given."""
    x = torch.tensor([[1, 2, 3]])
    yield "zeros_like", torch.zeros_like(x)
    yield "ones_like", torch.ones_like(x, dtype=torch.float32)
    yield "of a list", attempt(torch.zeros_like, [1])


@scenario(cites="torch.Tensor.new_tensor", needs=(*NEEDS, "dtypes"))
def new_tensors_beside_another(torch):
    """The `new_` methods make tensors of the same dtype as the one that they are called on."""
    x = torch.tensor([1.0], dtype=torch.float64)
    yield "new_tensor", x.new_tensor([1, 2])
    yield "new_zeros", x.new_zeros(2)
    yield "new_ones", x.new_ones((1, 2))
    yield "new_full", x.new_full((2,), 3)
    yield "another dtype", x.new_ones(1, dtype=torch.int32)


@scenario(cites="torch.meshgrid", needs=NEEDS)
def grids_of_coordinates(torch):
    """`meshgrid` repeats each vector along the dimensions of the others; under "xy" the first two swap places."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.tensor([10.0, 20.0])
    a, b = torch.meshgrid(x, y, indexing="ij")
    yield "ij", (a.detach(), b)
    (a * torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum().backward()
    yield "the gradient", x.grad
    yield "xy", torch.meshgrid(x.detach(), y, indexing="xy")
    yield "neither", torch.meshgrid(x.detach(), y)
    yield "another", attempt(torch.meshgrid, x, y, indexing="yx")


@scenario(cites="torch.Tensor.to", needs=("tensor", "dtypes", "flags"))
def casting_is_differentiable(torch):
    """`to` and its shorthands cast; the same dtype gives back the same tensor, floating point ones stay in the graph."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    yield "the same object", x.to(torch.float32) is x
    yield "a copy", x.to(torch.float32, copy=True) is x
    yield "double", x.double()
    yield "long", x.long()
    yield "bool", torch.tensor([0.0, 2.0]).bool()
    yield "half", torch.tensor([0.1]).half()
    yield "like another", torch.tensor([1]).to(x)
    (x.double() * 3).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.is_tensor", needs=NEEDS)
def what_a_tensor_says_of_itself(torch):
    """A tensor knows its dimensions, sizes, number of elements and kind of numbers."""
    x = torch.zeros(2, 3)
    yield "dim and ndim", (x.dim(), x.ndim, x.ndimension())
    yield "size", (tuple(x.size()), x.size(-1), tuple(x.shape))
    yield "numel", (x.numel(), x.nelement(), torch.numel(x), x.shape.numel())
    yield "dtype", (str(x.dtype), x.is_floating_point(), torch.is_floating_point(x), x.is_complex(), x.is_signed())
    yield "type", (x.type(), x.long().type(), str(x.device))
    yield "bytes", (x.element_size(), x.nbytes, x.itemsize)
    yield "stride", (x.stride(), x.t().stride(), x.stride(0))
    yield "contiguous", (x.is_contiguous(), x.t().is_contiguous())
    yield "is_tensor", (torch.is_tensor(x), torch.is_tensor(1.0))
    yield "shapes are tuples", (str(x.shape), str(x.shape[:1]), str(x.shape + x.shape))
    yield "layout", str(x.layout)
    yield "a size beyond", attempt(x.size, 2)


@scenario(cites="torch.set_default_dtype", needs=(*NEEDS, "dtypes"))
def the_default_dtype_can_be_changed(torch):
    """`set_default_dtype` decides what Python floats, factories and divided integers become."""
    torch.set_default_dtype(torch.float64)
    try:
        yield "a float", torch.tensor(1.5)
        yield "zeros", torch.zeros(1)
        yield "integers divided", torch.tensor([1, 2]) / 2
        yield "get_default_dtype", str(torch.get_default_dtype())
    finally:
        torch.set_default_dtype(torch.float32)
    yield "an integer dtype", attempt(torch.set_default_dtype, torch.int64)


@scenario(cites="torch.Tensor.__bool__", needs=("tensor",))
def truth_of_one_element(torch):
    """A tensor of one element is true where that is not zero; of more or none it raises an error."""
    yield "one", (bool(torch.tensor(2.0)), bool(torch.tensor([[0]])))
    yield "two", attempt(bool, torch.tensor([1.0, 0.0]))
    yield "none", attempt(bool, torch.tensor([]))


@scenario(cites="torch.Tensor.__index__", needs=("tensor", "dtypes"))
def one_integer_can_be_an_index(torch):
    """A tensor of one integer counts and indexes like a Python int; of other numbers, or several, it raises a TypeError."""
    yield "a list's element", "abcd"[torch.tensor(2)]
    yield "of one element", list(range(torch.tensor([3])))
    yield "a float", attempt(torch.tensor(1.0).__index__)
    yield "several", attempt(torch.tensor([1, 2]).__index__)
    yield "as a complex number", complex(torch.tensor(1.5)).real


@scenario(cites="torch.Tensor", needs=("tensor", "dtypes"))
def the_class_is_a_constructor_too(torch):
    """`Tensor(data)` is of the default dtype, `Tensor(2, 3)` of that size, and `Tensor()` empty."""
    yield "of a list of ints", torch.Tensor([1, 2])
    yield "of nothing", torch.Tensor()
    yield "of sizes", tuple(torch.Tensor(2, 3).shape)
    yield "of a shape", tuple(torch.Tensor(torch.zeros(1, 2).shape).shape)
    yield "of a tensor", torch.Tensor(torch.tensor([1.5]))


@scenario(cites="torch.Tensor.type", needs=("tensor", "dtypes"))
def types_by_name(torch):
    """`type` with a dtype, or the name of a tensor type, casts."""
    x = torch.tensor([1.5, -2.5])
    yield "a dtype", x.type(torch.int64)
    yield "a name", x.type("torch.DoubleTensor")
    yield "without", x.type()


@scenario(cites="torch", needs=NEEDS)
def the_module_lists_its_functions(torch):
    """`dir(torch)` names the functions, and a name that does not exist raises an AttributeError."""
    yield "in dir", ("exp" in dir(torch), "matmul" in dir(torch), "no_such_function" in dir(torch))
    yield "a name that does not exist", attempt(getattr, torch, "no_such_function")


@scenario(cites="torch.empty_strided", needs=("tensor", "shapes"))
def tensors_of_given_strides(torch):
    """`empty_strided` makes a tensor of the given size that steps through its memory by the given strides."""
    x = torch.empty_strided((2, 3), (1, 2))
    yield "size", tuple(x.shape)
    yield "strides", x.stride()
    yield "one row after the other", x.is_contiguous()


@scenario(cites="torch.randint_like", needs=("tensor", "random", "dtypes"))
def random_integers_like_a_tensor(torch):
    """`randint_like` draws integers in the shape and dtype of a tensor."""
    x = torch.tensor([[1.0, 2.0, 3.0]])
    yield "below 5", torch.randint_like(x, 5)
    yield "from 3, below 5", torch.randint_like(x, 3, 5)


@scenario(cites="torch.tensor", needs=("tensor", "indexing", "inplace"))
def a_tensor_of_a_tensor_is_a_copy(torch):
    """torch.tensor(t) warns and copies: what is written into the copy is not in t, nor the other way round."""
    t = torch.tensor([1.0, 2.0])
    copy = torch.tensor(t)
    copy[0] = 7.0
    t[1] = 9.0
    yield "the tensor", t
    yield "its copy", copy


@scenario(cites="torch.logspace", needs=("tensor", "dtypes"))
def powers_whose_exponents_are_even(torch):
    """`logspace` gives the powers of its base whose exponents are evenly apart."""
    yield "of 10", torch.logspace(0, 2, 3)
    yield "of 2, whole", torch.logspace(0, 3, 4, base=2, dtype=torch.int64)
    yield "as a leaf", torch.logspace(-1, 1, 2, requires_grad=True)
    yield "less than none", attempt(torch.logspace, 0, 1, -1)
    yield "limits", [repr(torch.finfo(torch.float16)), repr(torch.iinfo(torch.int8))]
