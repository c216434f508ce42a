"""Bad calls: the errors of calls that cannot be right."""

from gradspec import attempt, scenario

NEEDS = ("tensor",)
SHAPES = ("tensor", "shapes")
INPLACE = ("tensor", "inplace")


@scenario(cites="torch.tensor", needs=NEEDS)
def ragged_lists(torch):
    """A tensor cannot be made of nested lists of different lengths or depths."""
    yield "lengths", attempt(torch.tensor, [[1.0, 2.0], [3.0]])
    yield "a number among lists", attempt(torch.tensor, [[1.0], 2.0])
    yield "a list among numbers", attempt(torch.tensor, [1.0, [2.0]])


@scenario(cites="torch.tensor", needs=NEEDS)
def data_that_is_no_number(torch):
    """A tensor cannot be made of strings, None or other objects."""
    yield "a string", attempt(torch.tensor, "1.0")
    yield "None", attempt(torch.tensor, None)
    yield "strings in a list", attempt(torch.tensor, ["a", "b"])
    yield "None in a list", attempt(torch.tensor, [1.0, None])
    yield "an object", attempt(torch.tensor, object())
    yield "a dict", attempt(torch.tensor, {})


@scenario(cites="torch.tensor", needs=NEEDS)
def arguments_of_unknown_names(torch):
    """An argument of a name that does not exist is a TypeError."""
    yield "tensor", attempt(torch.tensor, [1.0], grad=True)


@scenario(cites="torch.from_numpy", needs=("numpy",))
def from_numpy_of_something_else(torch):
    """`from_numpy` takes arrays only."""
    yield "a list", attempt(torch.from_numpy, [1.0, 2.0])
    yield "None", attempt(torch.from_numpy, None)


@scenario(cites="torch.zeros", needs=NEEDS)
def negative_sizes(torch):
    """No tensor has a negative size."""
    yield "zeros", attempt(torch.zeros, -1)
    yield "ones", attempt(torch.ones, 2, -3)
    yield "full", attempt(torch.full, (-1,), 2.0)
    yield "eye", attempt(torch.eye, -1)


@scenario(cites="torch.arange", needs=NEEDS)
def ranges_that_never_end(torch):
    """`arange` raises an error for a step of zero and one that leads away from the end."""
    yield "step 0", attempt(torch.arange, 0, 5, 0)
    yield "the wrong way", attempt(torch.arange, 0, 5, -1)


@scenario(cites="torch.linspace", needs=NEEDS)
def a_negative_number_of_steps(torch):
    """`linspace` takes a number of steps that is not negative."""
    yield "-1", attempt(torch.linspace, 0, 1, -1)


@scenario(cites="torch.add", needs=NEEDS)
def operands_that_are_no_numbers(torch):
    """The operators of Python refuse operands that are neither tensors nor numbers."""
    x = torch.tensor([1.0, 2.0])
    yield "+ string", attempt(lambda: x + "a")
    yield "* None", attempt(lambda: x * None)
    yield "- list", attempt(lambda: x - [1.0, 2.0])
    yield "** string", attempt(lambda: x ** "a")
    yield "list / tensor", attempt(lambda: [1.0, 2.0] / x)


@scenario(cites="torch.add", needs=NEEDS)
def functions_of_what_is_no_tensor(torch):
    """Functions of tensors name the argument that is none."""
    yield "exp", attempt(torch.exp, 1.0)
    yield "sum", attempt(torch.sum, [1.0, 2.0])
    yield "relu", attempt(torch.relu, None)
    yield "sin", attempt(torch.sin, "x")


@scenario(cites="Broadcasting semantics", needs=("tensor", "broadcasting"))
def shapes_that_do_not_meet(torch):
    """Shapes that cannot be broadcast are named by the first dimension, from the end, in which they differ."""
    x, y = torch.zeros(2, 3), torch.zeros(2, 4)
    yield "+", attempt(lambda: x + y)
    yield "*", attempt(lambda: x * torch.zeros(4))
    yield "maximum", attempt(torch.maximum, x, y)
    yield "where", attempt(torch.where, torch.tensor([True, False]), torch.zeros(3), torch.zeros(2))
    yield "mse_loss", attempt(torch.nn.functional.mse_loss, torch.zeros(3), torch.zeros(2))


@scenario(cites="torch.matmul", needs=("tensor", "matmul"))
def products_of_the_wrong_shapes(torch):
    """Matrix products name the shapes that do not fit."""
    a, b, v = torch.zeros(2, 3), torch.zeros(2, 4), torch.zeros(2)
    yield "mm", attempt(torch.mm, a, b)
    yield "@ of matrices", attempt(lambda: a @ b)
    yield "matrix @ vector", attempt(lambda: a @ v)
    yield "mv", attempt(torch.mv, a, v)
    yield "dot", attempt(torch.dot, v, torch.zeros(3))
    yield "bmm", attempt(torch.bmm, torch.zeros(2, 2, 3), torch.zeros(2, 2, 3))


@scenario(cites="torch.matmul", needs=("tensor", "matmul"))
def products_of_the_wrong_dimensions(torch):
    """Matrix products say how many dimensions they need."""
    a, v, s = torch.zeros(2, 3), torch.zeros(2), torch.tensor(1.0)
    yield "mm of a vector", attempt(torch.mm, a, v)
    yield "mv of two matrices", attempt(torch.mv, a, a)
    yield "dot of matrices", attempt(torch.dot, a, a)
    yield "bmm of matrices", attempt(torch.bmm, a, a)
    yield "@ of a scalar", attempt(lambda: a @ s)
    yield "@ of a number", attempt(lambda: a @ 2)


@scenario(cites="torch.reshape", needs=SHAPES)
def shapes_of_the_wrong_size(torch):
    """A shape must hold as many elements as there are; at most one size may be -1."""
    x = torch.zeros(6)
    yield "reshape", attempt(x.reshape, 4, 2)
    yield "view", attempt(x.view, 4)
    yield "two unknowns", attempt(x.reshape, -1, -1)
    yield "an unknown that does not divide", attempt(x.reshape, 4, -1)
    yield "-2", attempt(x.reshape, -2, 3)


@scenario(cites="torch.transpose", needs=SHAPES)
def dimensions_out_of_range(torch):
    """A dimension that a tensor does not have is an IndexError that tells the range."""
    x = torch.zeros(2, 3)
    yield "transpose", attempt(x.transpose, 0, 2)
    yield "unsqueeze", attempt(x.unsqueeze, 4)
    yield "squeeze", attempt(x.squeeze, -3)
    yield "sum", attempt(x.sum, 2)
    yield "cat", attempt(torch.cat, [x, x], 2)
    yield "stack", attempt(torch.stack, [x, x], 3)
    yield "softmax", attempt(torch.softmax, x, 5)
    yield "size", attempt(x.size, 2)


@scenario(cites="torch.permute", needs=SHAPES)
def permutations_that_are_none(torch):
    """`permute` needs every dimension once."""
    x = torch.zeros(2, 3)
    yield "too few", attempt(x.permute, 0)
    yield "one twice", attempt(x.permute, 0, 0)


@scenario(cites="torch.t", needs=SHAPES)
def t_of_three_dimensions(torch):
    """`t` takes at most two dimensions."""
    yield "three", attempt(torch.zeros(1, 2, 3).t)


@scenario(cites="torch.sum", needs=SHAPES)
def one_dimension_twice(torch):
    """A reduction cannot take one dimension twice."""
    yield "sum", attempt(torch.zeros(2, 3).sum, (0, 0))
    yield "mean", attempt(torch.zeros(2, 3).mean, (0, -2))


@scenario(cites="torch.Tensor.expand", needs=SHAPES)
def expansions_that_cannot_be(torch):
    """`expand` can enlarge sizes of 1 only, and cannot drop dimensions."""
    x = torch.zeros(2, 1)
    yield "a size of 2", attempt(x.expand, 3, 4)
    yield "fewer dimensions", attempt(x.expand, 2)


@scenario(cites="torch.cat", needs=SHAPES)
def joining_what_does_not_fit(torch):
    """`cat` and `stack` need tensors of fitting shapes, and at least one."""
    x, y = torch.zeros(2, 3), torch.zeros(3, 2)
    yield "cat of other sizes", attempt(torch.cat, [x, y])
    yield "cat of other dimensions", attempt(torch.cat, [x, torch.zeros(3)])
    yield "cat of scalars", attempt(torch.cat, [torch.tensor(1.0), torch.tensor(2.0)])
    yield "cat of nothing", attempt(torch.cat, [])
    yield "stack of other sizes", attempt(torch.stack, [x, y])
    yield "stack of nothing", attempt(torch.stack, [])


@scenario(cites="torch.cat", needs=SHAPES)
def joining_what_is_no_list_of_tensors(torch):
    """`cat` and `stack` take lists and tuples of tensors."""
    yield "a tensor", attempt(torch.cat, torch.zeros(2))
    yield "numbers", attempt(torch.cat, [1.0, 2.0])
    yield "stack of numbers", attempt(torch.stack, [torch.zeros(2), 1.0])


@scenario(cites="torch.split", needs=SHAPES)
def pieces_that_do_not_add_up(torch):
    """The sizes given to `split` must add up; a number of pieces must be positive."""
    x = torch.zeros(5)
    yield "split by sizes", attempt(x.split, [2, 2])
    yield "a negative size", attempt(x.split, -1)
    yield "size 0", attempt(x.split, 0)
    yield "no chunks", attempt(x.chunk, 0)


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def indices_out_of_range(torch):
    """An index beyond the size of its dimension raises an IndexError."""
    x = torch.zeros(2, 3)
    yield "too large", attempt(lambda: x[2])
    yield "too small", attempt(lambda: x[-3])
    yield "in the second dimension", attempt(lambda: x[0, 3])
    yield "in a list", attempt(lambda: x[[0, 5]])
    yield "in a tensor", attempt(lambda: x[torch.tensor([2])])
    yield "in the second dimension, in a list", attempt(lambda: x[:, [0, 3]])


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def indices_of_the_wrong_kind(torch):
    """Floats and objects are no indices."""
    x = torch.zeros(2, 3)
    yield "a float", attempt(lambda: x[0.5])
    yield "a tensor of floats", attempt(lambda: x[torch.tensor([0.0])])
    yield "an object", attempt(lambda: x[object()])


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def too_many_indices(torch):
    """There cannot be more indices than dimensions, and a scalar has none."""
    x = torch.zeros(2, 3)
    yield "three of two", attempt(lambda: x[0, 0, 0])
    yield "of a scalar", attempt(lambda: torch.tensor(1.0)[0])


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def steps_that_go_backwards(torch):
    """Slices go forwards: a step of zero or below raises a ValueError."""
    x = torch.zeros(4)
    yield "-1", attempt(lambda: x[::-1])
    yield "0", attempt(lambda: x[::0])


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def masks_of_the_wrong_shape(torch):
    """A mask must have the sizes of the dimensions that it stands for."""
    x = torch.zeros(2, 3)
    yield "too long", attempt(lambda: x[torch.tensor([True, False, True])])
    yield "another second size", attempt(lambda: x[torch.ones(2, 2, dtype=torch.bool)])


@scenario(cites="torch.Tensor.__getitem__", needs=("tensor", "indexing"))
def index_arrays_that_do_not_meet(torch):
    """Index arrays are broadcast together, or raise an error."""
    x = torch.zeros(4, 4)
    yield "two and three", attempt(lambda: x[[0, 1], [0, 1, 2]])


@scenario(cites="torch.Tensor.__setitem__", needs=("tensor", "inplace", "indexing"))
def assigned_values_of_the_wrong_shape(torch):
    """An assigned value must be broadcastable to the place it goes to."""
    x = torch.zeros(2, 3)

    def assign(index, value):
        x[index] = value

    yield "to a row", attempt(assign, 0, torch.zeros(2))
    yield "to a mask", attempt(assign, x == 0, torch.zeros(2))
    yield "to a list of rows", attempt(assign, [0, 1], torch.zeros(3, 3))
    yield "a string", attempt(assign, 0, "a")


@scenario(cites="torch.gather", needs=("tensor", "indexing"))
def gather_with_bad_indices(torch):
    """`gather` needs an index of integers, of as many dimensions as its input, within range."""
    x = torch.zeros(2, 3)
    yield "floats", attempt(torch.gather, x, 0, torch.zeros(1, 1))
    yield "dimensions", attempt(torch.gather, x, 0, torch.tensor([0]))
    yield "out of range", attempt(torch.gather, x, 0, torch.tensor([[5]]))


@scenario(cites="torch.Tensor.add_", needs=INPLACE)
def results_that_do_not_fit_in_place(torch):
    """An in-place operation cannot enlarge its tensor."""
    x = torch.zeros(3)
    yield "add_", attempt(x.add_, torch.zeros(2, 3))
    yield "mul_ of another size", attempt(x.mul_, torch.zeros(2))
    yield "copy_", attempt(x.copy_, torch.zeros(2))
    yield "fill_ with a vector", attempt(x.fill_, torch.zeros(3))
    yield "masked_fill_", attempt(x.masked_fill_, torch.tensor([True, False]), 0.0)


@scenario(cites="torch.Tensor.add_", needs=INPLACE)
def in_place_operands_that_are_no_numbers(torch):
    """In-place operations refuse operands that are neither tensors nor numbers."""
    x = torch.zeros(2)
    yield "add_", attempt(x.add_, "a")
    yield "mul_", attempt(x.mul_, None)
    yield "copy_", attempt(x.copy_, [1.0, 2.0])


@scenario(cites="torch.Tensor.item", needs=NEEDS)
def numbers_of_several_elements(torch):
    """Only a tensor of one element is a number."""
    x = torch.zeros(2)
    yield "item", attempt(x.item)
    yield "float", attempt(float, x)
    yield "int", attempt(int, x)
    yield "bool", attempt(bool, x)
    yield "bool of nothing", attempt(bool, torch.zeros(0))


@scenario(cites="torch.Tensor", needs=NEEDS)
def scalars_have_no_length(torch):
    """A tensor without dimensions has no length and cannot be iterated."""
    x = torch.tensor(1.0)
    yield "len", attempt(len, x)
    yield "iter", attempt(iter, x)


@scenario(cites="torch.Tensor.__index__", needs=NEEDS)
def indices_must_be_integers(torch):
    """Only a tensor of one integer can index a list."""
    yield "a float", attempt([1, 2].__getitem__, torch.tensor(1.0))
    yield "two integers", attempt([1, 2].__getitem__, torch.tensor([0, 1]))


@scenario(cites="torch.Tensor.numpy", needs=("tensor", "numpy"))
def numpy_of_a_variable(torch):
    """A tensor that requires grad does not become an array."""
    x = torch.tensor([1.0], requires_grad=True)
    yield "a leaf", attempt(x.numpy)
    yield "a result", attempt((x * 2).numpy)


@scenario(cites="torch.Tensor.requires_grad_", needs=("tensor", "flags"))
def flags_that_cannot_be_set(torch):
    """requires_grad takes a bool, and a result's cannot be switched off."""
    x = torch.tensor([1.0], requires_grad=True)
    yield "a string", attempt(x.requires_grad_, "yes")
    yield "switching off a result", attempt((x * 2).requires_grad_, False)
    yield "a string as attribute", attempt(setattr, x, "requires_grad", "yes")


@scenario(cites="torch.Tensor.grad", needs=("tensor", "clear_grad"))
def gradients_that_cannot_be_assigned(torch):
    """`.grad` takes None or another tensor of the same shape and dtype."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a number", attempt(setattr, x, "grad", 1.0)
    yield "another shape", attempt(setattr, x, "grad", torch.zeros(3))
    yield "another dtype", attempt(setattr, x, "grad", torch.zeros(2, dtype=torch.float64))
    yield "itself", attempt(setattr, x, "grad", x)


@scenario(cites="torch.Tensor.backward", needs=NEEDS)
def backward_of_what_has_no_history(torch):
    """`backward` raises an error for constants and for results of several elements."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a constant", attempt(torch.tensor(1.0).backward)
    yield "two elements", attempt((x * 2).backward)
    yield "a leaf of two elements", attempt(x.backward)


@scenario(cites="torch.Tensor.backward: gradient", needs=("tensor", "grad_argument"))
def gradients_that_do_not_fit(torch):
    """The gradient given to `backward` must be a tensor of the result's shape."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "another shape", attempt((x * 2).backward, torch.ones(3))
    yield "a number", attempt((x * 2).backward, 1.0)
    yield "a list", attempt((x * 2).backward, [1.0, 1.0])
    yield "an unknown argument", attempt((x * 2).backward, grad=torch.ones(2))


@scenario(cites="torch.Tensor.backward: inputs", needs=("tensor", "partial"))
def inputs_that_cannot_be(torch):
    """`inputs=` takes tensors that require grad, and at least one."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "nothing", attempt((x * 2).sum().backward, inputs=[])
    yield "a constant", attempt((x * 2).sum().backward, inputs=[torch.zeros(2)])
    yield "no tensor", attempt((x * 2).sum().backward, inputs=[1.0])


@scenario(cites="torch.autograd.backward", needs=("tensor", "grad_argument"))
def backward_of_lists_that_do_not_match(torch):
    """`autograd.backward` needs a gradient for each tensor, and does not take both of its spellings."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield "fewer gradients", attempt(torch.autograd.backward, [y, y], [torch.ones(2)])
    yield "no gradient", attempt(torch.autograd.backward, [y])
    yield "nothing at all", attempt(torch.autograd.backward, [])
    both = {"grad_tensors": torch.ones(2), "grad_variables": torch.ones(2)}
    yield "both spellings", attempt(torch.autograd.backward, y, **both)


@scenario(cites="torch.autograd.grad", needs=("tensor", "autograd_grad"))
def grad_of_what_does_not_depend(torch):
    """`autograd.grad` raises an error for inputs that were not used, or do not require grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    other = torch.tensor([1.0], requires_grad=True)
    y = (x * 2).sum()
    yield "not used", attempt(torch.autograd.grad, y, other)
    yield "a constant", attempt(torch.autograd.grad, y, torch.zeros(2))
    yield "a constant result", attempt(torch.autograd.grad, torch.tensor(1.0), x)


@scenario(cites="torch.autograd.grad", needs=("tensor", "autograd_grad"))
def grad_of_what_is_no_tensor(torch):
    """`autograd.grad` takes tensors, and gradients of the outputs' shapes."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a number as input", attempt(torch.autograd.grad, (x * 2).sum(), 1.0)
    yield "a number as output", attempt(torch.autograd.grad, 1.0, x)
    yield "no inputs", attempt(torch.autograd.grad, (x * 2).sum(), [])
    yield "a gradient of another shape", attempt(torch.autograd.grad, x * 2, x, torch.ones(3))
    yield "an output of two elements", attempt(torch.autograd.grad, x * 2, x)
    contradiction = {"allow_unused": False, "materialize_grads": True}
    yield "flags that contradict", attempt(torch.autograd.grad, (x * 2).sum(), x, **contradiction)


@scenario(cites="torch.Tensor.register_hook", needs=("tensor", "hooks"))
def hooks_on_constants(torch):
    """Hooks can be registered only where there will be a gradient."""
    c = torch.tensor([1.0])
    x = torch.tensor([1.0], requires_grad=True)
    yield "a constant", attempt(c.register_hook, print)
    yield "after accumulation, on a constant", attempt(c.register_post_accumulate_grad_hook, print)
    yield "after accumulation, on a result", attempt((x * 2).register_post_accumulate_grad_hook, print)


@scenario(cites="torch.Tensor.retain_grad", needs=("tensor", "flags"))
def retaining_the_gradient_of_a_constant(torch):
    """`retain_grad` raises an error on a tensor that does not require grad."""
    yield "a constant", attempt(torch.tensor([1.0]).retain_grad)


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_without_bounds(torch):
    """`clamp` needs a bound."""
    yield "none", attempt(torch.clamp, torch.tensor([1.0]))


@scenario(cites="torch.max", needs=("tensor", "functions"))
def extrema_of_nothing(torch):
    """An empty tensor has no largest element."""
    yield "max", attempt(torch.zeros(0).max)
    yield "argmax", attempt(torch.zeros(0).argmax)
    yield "amax", attempt(torch.zeros(0).amax)
    yield "max over an empty dimension", attempt(torch.zeros(2, 0).max, 1)


@scenario(cites="torch.div: rounding_mode", needs=NEEDS)
def rounding_modes_that_do_not_exist(torch):
    """`div` rounds by "floor" or "trunc"; integers cannot be floor-divided by zero."""
    x = torch.tensor([1, 2])
    yield "a mode", attempt(torch.div, x, 2, rounding_mode="up")
    yield "floor division by zero", attempt(lambda: x // 0)
    yield "remainder by zero", attempt(lambda: x % 0)


@scenario(cites="torch.nn.functional", needs=("tensor", "functions"))
def losses_with_bad_targets(torch):
    """Losses refuse targets that are no classes, lie outside, or are of the wrong number."""
    x, losses = torch.zeros(2, 3), torch.nn.functional
    yield "class too large", attempt(losses.cross_entropy, x, torch.tensor([0, 3]))
    yield "too few targets", attempt(losses.nll_loss, x, torch.tensor([0]))
    yield "an unknown reduction", attempt(losses.mse_loss, x, x, reduction="total")
    yield "no probability", attempt(losses.binary_cross_entropy, torch.tensor([1.5]), torch.tensor([1.0]))


@scenario(cites="torch.nn.functional.linear", needs=("tensor", "matmul"))
def layers_of_the_wrong_size(torch):
    """A linear layer names the shapes that do not fit."""
    yield "linear", attempt(torch.nn.functional.linear, torch.zeros(2, 3), torch.zeros(4, 2))


@scenario(cites="torch.Tensor", needs=NEEDS)
def names_that_do_not_exist(torch):
    """An attribute that does not exist is an AttributeError, of tensors and of the module."""
    yield "of a tensor", attempt(getattr, torch.tensor(1.0), "gradient")
    yield "of the module", attempt(getattr, torch, "gradients")


@scenario(cites="torch.Tensor.requires_grad", needs=("flags",))
def the_flag_of_a_result_is_not_assigned(torch):
    """`requires_grad` of what an operation made cannot be assigned, not even the value that it has."""
    y = torch.tensor(2.0, requires_grad=True) * 3

    def assign(value):
        y.requires_grad = value

    yield "True", attempt(assign, True)
    yield "False", attempt(assign, False)
    yield "afterwards", y.requires_grad
