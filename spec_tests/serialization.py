"""Serialization: copies of tensors by `copy`, `deepcopy` and `pickle`."""

import copy
import io
import pickle

from gradspec import attempt, scenario


def sent(value):
    """`value`, pickled and brought back."""
    return pickle.loads(pickle.dumps(value))


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization"))
def values_shapes_and_dtypes_survive(torch):
    """Pickle keeps values, shape and dtype."""
    for x in (torch.tensor(1.5), torch.tensor([[1, 2], [3, 4]]), torch.tensor([True]), torch.zeros(0, 2)):
        yield f"{x.dtype} {tuple(x.shape)}", sent(x)


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization", "flags"))
def leaves_go_on_requiring_grad(torch):
    """A pickled leaf requires grad again, and computes gradients."""
    x = sent(torch.tensor([1.0, 2.0], requires_grad=True))
    yield "the leaf", x
    (x * x).sum().backward()
    yield "its gradient", x.grad


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization"))
def gradients_are_not_pickled(torch):
    """Pickle leaves `.grad` out."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    yield "before", x.grad
    yield "after", sent(x).grad


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization", "flags"))
def results_are_pickled_without_history(torch):
    """A pickled result comes back as a leaf that requires grad: its history is not part of it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "the result", sent(x * 2)


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization", "inplace"))
def pickled_tensors_share_nothing(torch):
    """The tensor that comes back has memory of its own."""
    x = torch.tensor([1.0, 2.0])
    y = sent(x)
    y.add_(10)
    yield "the original", x


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization", "inplace", "views", "indexing"))
def pickled_together_tensors_part(torch):
    """Tensors on one memory that are pickled together have memories of their own afterwards."""
    x = torch.tensor([1.0, 2.0, 3.0])
    base, view = sent((x, x[1:]))
    view.add_(10)
    yield "the base", base
    yield "the view", view


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization"))
def one_tensor_is_pickled_once(torch):
    """A tensor that occurs twice in a structure comes back as one tensor."""
    x = torch.tensor([1.0])
    first, second = sent([x, x])
    yield "one tensor", first is second


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization", "hooks"))
def hooks_are_not_pickled(torch):
    """A tensor with hooks is pickled without them, and warns."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(len)
    y = sent(x)
    yield "the copy", y
    y.sum().backward()
    yield "its gradient", y.grad


@scenario(cites="torch.Tensor: pickle", needs=("tensor", "serialization"))
def attributes_are_pickled(torch):
    """Python attributes that were set on a tensor survive pickling."""
    x = torch.tensor([1.0])
    x.note = "weights"
    yield "the attribute", sent(x).note


@scenario(cites="torch.Tensor: pickle", needs=("serialization", "dtypes", "tensor"))
def dtypes_sizes_and_devices_are_pickled(torch):
    """dtypes come back as the same object, shapes and devices as equal ones."""
    x = torch.zeros(2, 3)
    yield "dtype", sent(x.dtype) is x.dtype
    yield "shape", (sent(x.shape) == x.shape, type(sent(x.shape)).__name__)
    yield "device", sent(x.device) == x.device


@scenario(cites="torch.save", needs=("tensor", "serialization"))
def save_and_load(torch):
    """`torch.save` and `torch.load` write to and read from a file object."""
    file = io.BytesIO()
    torch.save({"w": torch.tensor([1.0, 2.0], requires_grad=True), "epoch": 3}, file)
    file.seek(0)
    loaded = torch.load(file)
    yield "the tensor", loaded["w"]
    yield "the number", loaded["epoch"]
    file.seek(0)
    yield "by name", torch.load(file, map_location="cpu", weights_only=True)["w"]


@scenario(
    cites="Serialization semantics: Saving and loading tensors preserves views",
    needs=("tensor", "serialization", "inplace", "views", "indexing"),
)
def saved_together_tensors_stay_together(torch):
    """Tensors on one memory that are saved together by `torch.save` share memory again when they are loaded."""
    x = torch.tensor([1.0, 2.0, 3.0])
    file = io.BytesIO()
    torch.save([x, x[1:]], file)
    file.seek(0)
    base, view = torch.load(file)
    view.add_(10)
    yield "the base", base
    yield "for autograd they are no views", view._is_view()


@scenario(cites="torch.save", needs=("tensor", "serialization"))
def files_that_cannot_be(torch):
    """`torch.save` needs a path or something to write to; `torch.load` of a file that is not there raises an error."""
    yield "saving to a number", attempt(torch.save, torch.tensor(1.0), 5)
    yield "loading what is not there", attempt(torch.load, "no_such_file.pt")


@scenario(cites="copy.copy", needs=("tensor", "serialization", "inplace"))
def copies_share_memory(torch):
    """`copy.copy` of a leaf gives another tensor with the same memory, which requires grad as the first does."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.copy(x)
    yield "another object", y is not x
    with torch.no_grad():
        x.add_(10)
    yield "the copy sees the change", y


@scenario(cites="copy.copy", needs=("tensor", "serialization"))
def copies_of_results_are_leaves(torch):
    """`copy.copy` of a result has no history: the gradient stays with the copy."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.copy(x * 3)
    yield "the copy", y
    y.sum().backward()
    yield "gradient of the copy", y.grad
    yield "gradient of the leaf", x.grad


@scenario(cites="copy.copy", needs=("tensor", "serialization"))
def copies_have_no_gradient(torch):
    """`copy.copy` does not take `.grad` along."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.sum().backward()
    yield "the copy's", copy.copy(x).grad


@scenario(cites="copy.copy", needs=("tensor", "serialization", "views", "indexing"))
def a_copy_of_a_view_is_none(torch):
    """`copy.copy` of a view shares its memory, but for autograd it is no view."""
    view = torch.tensor([1.0, 2.0, 3.0])[1:]
    other = copy.copy(view)
    yield "shares memory, is a view", (other.data_ptr() == view.data_ptr(), other._is_view())


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization", "views", "shapes"))
def deep_copies_keep_the_strides(torch):
    """A deep copy and a pickle of a transpose lie in memory as the transpose does."""
    x = torch.arange(6.0).view(2, 3).t()
    yield "deepcopy", tuple(copy.deepcopy(x).stride())
    yield "pickle", tuple(sent(x).stride())
    yield "the values", copy.deepcopy(x)


@scenario(cites="copy.copy", needs=("tensor", "serialization"))
def copies_of_subclasses_are_of_the_subclass(torch):
    """`copy.copy` of a tensor of a subclass is of that subclass."""

    class Named(torch.Tensor):
        pass

    x = Named([1.0, 2.0])
    yield "its class", type(copy.copy(x)).__name__


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization", "inplace"))
def deep_copies_share_nothing(torch):
    """A deep copy of a leaf is a leaf with the same values and flags, and memory of its own."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.deepcopy(x)
    with torch.no_grad():
        x.add_(10)
    yield "the copy", y
    (y * y).sum().backward()
    yield "gradient of the copy", y.grad
    yield "gradient of the original", x.grad


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization"))
def deep_copies_refuse_results(torch):
    """A result cannot be copied deeply; detached, it can."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield "the result", attempt(copy.deepcopy, y)
    yield "detached", copy.deepcopy(y.detach())


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization", "inplace"))
def deep_copies_copy_the_gradient(torch):
    """A deep copy takes a copy of `.grad` along."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    y.grad.zero_()
    yield "gradient of the copy", y.grad
    yield "gradient of the original", x.grad


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization", "hooks"))
def deep_copies_leave_hooks_behind(torch):
    """Hooks of the original do not run for the deep copy."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 100)
    y = copy.deepcopy(x)
    y.sum().backward()
    yield "the gradient", y.grad


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization"))
def deep_copies_take_attributes_along(torch):
    """Python attributes of a tensor are copied deeply with it."""
    x = torch.tensor([1.0])
    x.note = ["weights"]
    y = copy.deepcopy(x)
    y.note.append("copied")
    yield "of the copy", y.note
    yield "of the original", x.note


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization"))
def one_tensor_in_a_structure_is_copied_once(torch):
    """A tensor that occurs twice in a structure occurs twice in its deep copy, too, as one tensor."""
    x = torch.tensor([1.0])
    first, second = copy.deepcopy([x, x])
    yield "one tensor", first is second
    yield "but not the original", first is not x


@scenario(cites="torch.Tensor.__deepcopy__", needs=("tensor", "serialization", "inplace", "views", "indexing"))
def deep_copies_keep_shared_memory_shared(torch):
    """Tensors that share memory still do in the deep copy of a structure of both."""
    x = torch.tensor([1.0, 2.0, 3.0])
    base, view = copy.deepcopy([x, x[1:]])
    view.add_(10)
    yield "the copied base", base
    yield "the original", x


@scenario(cites="torch.nn.Parameter", needs=("tensor", "serialization"))
def parameters_stay_parameters(torch):
    """Deep copies and pickles of a Parameter are Parameters, and frozen where it is."""
    for state, learns in (("", True), (" of a frozen one", False)):
        weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]), learns)
        for name, copied in (("deepcopy", copy.deepcopy(weight)), ("pickle", sent(weight))):
            yield name + state, (isinstance(copied, torch.nn.Parameter), copied.requires_grad, copied.tolist())


@scenario(cites="torch.Generator", needs=("tensor", "serialization", "random"))
def the_state_of_the_generator_is_pickled(torch):
    """The state of the random generator is a tensor of bytes and survives pickling: the numbers go on from there."""
    torch.manual_seed(0)
    state = sent(torch.get_rng_state())
    first = torch.rand(3)
    torch.set_rng_state(state)
    yield "the same numbers", torch.equal(first, torch.rand(3))


@scenario(cites="torch.utils.hooks.unserializable_hook", needs=("serialization", "tensor", "hooks"))
def hooks_that_are_known_to_be_lost(torch):
    """A hook that is marked as unserializable is lost without a warning, another with one."""
    x = torch.tensor([1.0], requires_grad=True)
    x.register_hook(torch.utils.hooks.unserializable_hook(lambda g: g * 2))
    yield "marked", pickle.loads(pickle.dumps(x)).detach()
