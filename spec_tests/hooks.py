"""Hooks on tensors: functions that a backward pass calls with gradients, and that may hand on others."""

from gradspec import attempt, scenario

FIRED = "Autograd mechanics: Whether a particular hook will be fired"
ORDER = "Autograd mechanics: The order in which the different hooks are fired"
IN_PLACE = "Autograd mechanics: Behavior of Tensor hooks when Tensor is modified in-place"


# -- on tensors


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_tensor_hook_is_given_the_gradient(torch):
    """A hook on a tensor is called with the gradient of that tensor, once in every backward pass."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: seen.append(grad.item()))
    (x * 3).backward()
    yield "after one pass", list(seen)
    (x * 5).backward()
    yield "after two", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_tensor_hook_may_replace_the_gradient(torch):
    """What a hook on a leaf returns is accumulated in the place of the gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    (x * 3).backward()
    yield "ten times the gradient", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_replaced_gradient_goes_on_from_there(torch):
    """What a hook on an intermediate result returns is what the operations behind it get."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: grad + 1)
    (y * 5).backward()
    yield "(5 + 1) · 3", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_hook_that_returns_none_changes_nothing(torch):
    """A hook that returns None leaves the gradient as it is."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: None)
    (x * 3).backward()
    yield "the gradient", x.grad


@scenario(cites=ORDER, needs=("hooks",))
def tensor_hooks_run_as_registered(torch):
    """Several hooks on one tensor run in the order in which they were registered, each on what the one before returned."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: grad + 1)
    x.register_hook(lambda grad: grad * 10)
    (x * 3).backward()
    yield "(3 + 1) · 10", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_function_registered_twice_runs_twice(torch):
    """One function registered twice is two hooks."""
    x = torch.tensor(2.0, requires_grad=True)

    def double(grad):
        return grad * 2

    x.register_hook(double)
    x.register_hook(double)
    (x * 3).backward()
    yield "3 · 2 · 2", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_hook_waits_for_the_whole_gradient(torch):
    """A hook on a result that is used several times runs once, with the sum of what comes from all its uses."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: seen.append(grad.item()))
    (y * 2 + y * 5 - y).backward()
    yield "2 + 5 - 1", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_hook_sees_only_the_new_gradient(torch):
    """A leaf's hook is given the gradient of this pass, not what `.grad` already holds."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    (x * 100).backward()
    x.register_hook(lambda grad: seen.append(grad.item()))
    (x * 3).backward()
    yield "the hook's", seen
    yield "the leaf's", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_leaf_hook_runs_before_the_accumulation(torch):
    """When a leaf's hook runs, its `.grad` has not been added to yet."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: seen.append(x.grad))
    (x * 3).backward()
    yield "`.grad` as the hook saw it", seen
    yield "`.grad` afterwards", x.grad


@scenario(cites=FIRED, needs=("hooks", "autograd_grad"))
def tensor_hooks_run_under_autograd_grad(torch):
    """`torch.autograd.grad` runs the hooks of its inputs, and what they return is what it gives back."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    yield "the gradient of a leaf", torch.autograd.grad(x * 3, x)
    y = x * 7
    y.register_hook(lambda grad: grad + 1)
    yield "the gradient of a result", torch.autograd.grad(y * 5, y)


@scenario(cites=FIRED, needs=("hooks", "partial"))
def hooks_of_what_is_not_needed_do_not_run(torch):
    """A pass with `inputs` does not run the hooks of tensors that lead to none of the inputs."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y, z = x * 5, w * 7
    y.register_hook(lambda grad: seen.append("y"))
    z.register_hook(lambda grad: seen.append("z"))
    w.register_hook(lambda grad: seen.append("w"))
    (y * z).backward(inputs=[w])
    yield "which ran", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "flags"))
def a_constant_takes_no_hook(torch):
    """Registering a hook on a tensor that does not require grad raises an error."""
    c = torch.tensor(2.0)
    yield "on a constant", attempt(c.register_hook, lambda grad: grad)


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_hook_returns_a_tensor_or_none(torch):
    """A hook that returns anything but a tensor or None is an error in the backward pass, and nothing is accumulated."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: 5)
    yield "the pass", attempt((x * 3).backward)
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "tensor"))
def a_hook_keeps_the_shape(torch):
    """A hook that returns a gradient of another shape is an error that names the hook."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def add_up(grad):
        return grad.sum()

    x.register_hook(add_up)
    yield "the pass", attempt((x * 3).sum().backward)


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "tensor", "dtypes"))
def a_hook_keeps_the_dtype(torch):
    """A hook that returns a gradient of another dtype is an error that names the hook and both types."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def widen(grad):
        return grad.double()

    x.register_hook(widen)
    yield "the pass", attempt((x * 3).sum().backward)


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def errors_in_hooks_end_the_pass(torch):
    """An error raised in a hook comes out of `backward` as it is; leaves that were already served keep their gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3

    def refuse(grad):
        raise ValueError("not this one")

    y.register_hook(refuse)
    late = torch.tensor(5.0, requires_grad=True)
    yield "the pass", attempt((y * late).backward)
    yield "the leaf behind the hook", x.grad
    yield "the leaf before it", late.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "grad_modes", "flags"))
def hooks_run_without_recording(torch):
    """In an ordinary pass grad mode is off in hooks, and the gradient does not require grad."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda grad: seen.append((torch.is_grad_enabled(), grad.requires_grad)))
    (x * x).backward()
    yield "grad mode, requires_grad", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "higher_order", "grad_modes"))
def hooks_are_recorded_with_create_graph(torch):
    """With create_graph=True what a hook computes is part of the graph of the gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda grad: grad * x)
    (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    yield "2x · x", gradient.detach()
    yield "4x", torch.autograd.grad(gradient, x)


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def hooks_belong_to_one_result(torch):
    """A hook belongs to one tensor: the same operation run again has none."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: seen.append(grad.item()))
    again = x * 3
    again.backward()
    yield "another result", list(seen)
    y.backward()
    yield "the one with the hook", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_backward_pass_may_run_inside_a_hook(torch):
    """A hook may run a backward pass over another graph; both are accumulated as usual."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    other = w * w
    y = x * 5
    y.register_hook(lambda grad: other.backward())
    (y * 7).backward()
    yield "the graph inside", w.grad
    yield "the graph around it", x.grad


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=("hooks", "tensor", "shapes"))
def each_of_several_results_has_its_hooks(torch):
    """The results of one operation have hooks of their own, each given the gradient of its own result."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    first, second = x.unbind()
    second.register_hook(lambda grad: seen.append(("second", grad.item())))
    first.register_hook(lambda grad: seen.append(("first", grad.item())))
    (first * 5 + second * 7).backward()
    yield "what they were given", sorted(seen)


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=("hooks", "tensor", "shapes"))
def an_unused_results_hook_is_given_none(torch):
    """Where an operation has several results, the hook of one that got no gradient is called with None."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    first, second = x.unbind()
    second.register_hook(seen.append)
    first.backward()
    yield "what the unused one was given", seen


# -- handles


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_removed_hook_is_not_called(torch):
    """`remove()` of the handle that registering gives back takes the hook away; removing it again does nothing."""
    x = torch.tensor(2.0, requires_grad=True)
    handle = x.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 1)
    handle.remove()
    yield "removing it again", attempt(handle.remove)
    (x * 3).backward()
    yield "3 + 1", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_handle_is_a_context_manager(torch):
    """A handle used in a `with` statement removes its hook at the end of the block."""
    x = torch.tensor(2.0, requires_grad=True)
    with x.register_hook(lambda grad: grad * 10):
        (x * 3).backward()
    yield "inside", x.grad
    (x * 3).backward()
    yield "30 + 3", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def removing_while_they_run_counts_next_time(torch):
    """A hook that removes another of the same tensor changes the next pass: in this one the other still runs."""
    seen, handles = [], []
    x = torch.tensor(2.0, requires_grad=True)

    def first(grad):
        seen.append("first")
        handles[1].remove()

    handles.append(x.register_hook(first))
    handles.append(x.register_hook(lambda grad: seen.append("second")))
    (x * 3).backward()
    yield "this pass", list(seen)
    (x * 3).backward()
    yield "the next as well", seen


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def registering_while_they_run_counts_next_time(torch):
    """A hook registered on a tensor while its hooks run is called from the next pass on."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)

    def first(grad):
        if not seen:
            x.register_hook(lambda grad: seen.append("late"))
        seen.append("first")

    x.register_hook(first)
    (x * 3).backward()
    yield "this pass", list(seen)
    (x * 3).backward()
    yield "the next as well", seen


# -- retain_grad, and changes in place


@scenario(cites="torch.Tensor.retain_grad", needs=("hooks", "flags"))
def a_retained_gradient_is_what_hooks_left(torch):
    """`retain_grad()` keeps the gradient as all hooks of the tensor left it, also those registered after it."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda grad: grad * 10)
    (y * 5).backward()
    yield "5 · 10", y.grad


@scenario(cites=IN_PLACE, needs=("hooks", "inplace"))
def hooks_belong_to_the_value_before_a_change(torch):
    """A hook registered before a change in place is given the gradient of the value before the change."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 1
    y.register_hook(lambda grad: seen.append(("before", grad.item())))
    y.mul_(3)
    y.register_hook(lambda grad: seen.append(("after", grad.item())))
    (y * 5).backward()
    yield "in the order in which they ran", seen


@scenario(cites=IN_PLACE, needs=("hooks", "inplace", "flags"))
def a_retained_gradient_follows_a_change(torch):
    """A tensor that retains its gradient and is then changed in place retains the gradient of its new value."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    yield "it still retains", y.retains_grad
    (y * 5).backward()
    yield "the gradient of the new value", y.grad


@scenario(cites=IN_PLACE, needs=("hooks", "inplace", "tensor", "indexing", "views"))
def hooks_of_a_base_before_its_view_is_changed(torch):
    """A hook on a tensor is given the gradient of the value before a change through a view, as with a direct change."""
    seen = []
    x = torch.tensor([2.0, 4.0], requires_grad=True)
    y = x * 1
    y.register_hook(lambda grad: seen.append(("before", grad.tolist())))
    y[0].mul_(3)
    y.register_hook(lambda grad: seen.append(("after", grad.tolist())))
    (y * 5).sum().backward()
    yield "in the order in which they ran", seen


@scenario(cites=IN_PLACE, needs=("hooks", "inplace", "tensor", "indexing", "views", "flags"))
def a_retaining_view_follows_a_change_of_its_base(torch):
    """A view that retains its gradient goes on doing so after its base was changed in place."""
    x = torch.tensor([2.0, 4.0], requires_grad=True)
    y = x * 1
    v = y[0]
    v.retain_grad()
    y.mul_(3)
    yield "it still retains", v.retains_grad
    (v * 5).backward()
    yield "the gradient of the view", v.grad


# -- post-accumulate


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks",))
def a_post_accumulate_hook_sees_the_new_grad(torch):
    """A post-accumulate hook is called with the leaf itself when its `.grad` has been added to."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    (x * 100).backward()
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is x, leaf.grad.item())))
    (x * 3).backward()
    yield "that leaf, and its `.grad`", seen


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks", "clear_grad"))
def a_post_accumulate_hook_may_clear_the_grad(torch):
    """A post-accumulate hook may set `.grad` to None: nothing is left after the pass."""
    x = torch.tensor(2.0, requires_grad=True)

    def clear(leaf):
        leaf.grad = None

    x.register_post_accumulate_grad_hook(clear)
    (x * 3).backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks", "inplace"))
def a_post_accumulate_hook_may_step(torch):
    """A post-accumulate hook may change the leaf in place, which makes a step of gradient descent of each pass."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: leaf.sub_(leaf.grad * 0.5) and None)
    (x * 3).backward()
    yield "2 - 3 · 0.5", x


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks",))
def a_post_accumulate_hook_runs_once(torch):
    """A post-accumulate hook runs once in a pass, however often the leaf is used."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.item()))
    (x * 3 + x * 5 + x).backward()
    yield "`.grad` each time", seen


@scenario(cites=FIRED, needs=("hooks", "autograd_grad"))
def post_accumulate_hooks_need_an_accumulation(torch):
    """`torch.autograd.grad` accumulates nothing and calls no post-accumulate hook."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("called"))
    torch.autograd.grad(x * 3, x)
    yield "calls", seen


@scenario(cites=FIRED, needs=("hooks", "flags"))
def only_leaves_take_post_accumulate_hooks(torch):
    """Registering a post-accumulate hook on a non-leaf raises an error, even where it retains its gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    yield "on a non-leaf", attempt(y.register_post_accumulate_grad_hook, lambda leaf: None)


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks",))
def a_post_accumulate_hook_returns_none(torch):
    """A post-accumulate hook that returns a tensor is an error in the backward pass."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: leaf.grad)
    yield "the pass", attempt((x * 3).backward)


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks",))
def post_accumulate_hooks_can_be_removed(torch):
    """The handle of a post-accumulate hook removes it; the others of the leaf stay, in their order."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("first"))
    handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append("second"))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("third"))
    handle.remove()
    (x * 3).backward()
    yield "calls", seen


@scenario(cites="torch.Tensor.register_post_accumulate_grad_hook", needs=("hooks",))
def a_post_accumulate_hook_may_return_its_leaf(torch):
    """A post-accumulate hook may return the leaf that it was given, to no effect."""
    x = torch.tensor(2.0, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: leaf)
    (x * 3).backward()
    yield "the gradient", x.grad


@scenario(cites=FIRED, needs=("hooks", "flags"))
def hooks_of_a_leaf_that_no_longer_requires_grad(torch):
    """If a leaf stops requiring grad after it was recorded, its hooks still run, but nothing is accumulated."""
    x = torch.tensor(2.0, requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.item()))
    y = x * 3
    x.requires_grad_(False)
    y.backward()
    yield "the hook was given", seen
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks", "tensor"))
def callbacks_at_the_end_of_a_pass(torch):
    """A callback queued by a hook is called once, when the pass is done; outside of a pass none can be queued."""
    seen = []
    queue = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: queue(lambda: seen.append("at the end")))
    x.register_hook(lambda g: seen.append("at the leaf"))
    y.sum().backward()
    yield "in order", seen
    yield "outside", attempt(queue, lambda: None)
    many = torch.autograd.graph.register_multi_grad_hook
    yield "on what has no history", attempt(many, (x, torch.ones(1)), print)
    yield "on what has no history, any", attempt(lambda: many((x, torch.ones(1)), seen.append, mode="any") is None)


@scenario(cites="torch.Tensor.detach_", needs=("hooks", "detach", "flags"))
def hooks_stay_with_what_is_detached_in_place(torch):
    """A tensor that is detached in place keeps its hooks: they run for the node that made it, and for the new leaf."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))
    z = y * 5
    y.detach_()
    z.backward()
    yield "for the node", list(seen)
    y.requires_grad_()
    (y * 4).backward()
    yield "for the leaf", seen
