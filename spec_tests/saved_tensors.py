"""Saved tensors: what a graph keeps for its backward pass, and what hooks may make of it."""

import gc
import weakref

from gradspec import attempt, scenario

SAVED = "Autograd mechanics: Saved tensors"
HOOKS = "Autograd mechanics: Hooks for saved tensors"
REGISTERING = "Autograd mechanics: Registering hooks for a saved tensor"
DEFAULT = "Autograd mechanics: Registering default hooks for saved tensors"
PAIR = "torch.autograd.graph.saved_tensors_hooks"
MUTATION = "torch.autograd.graph.allow_mutation_on_saved_tensors"
NEEDS = ("saved_tensors", "tensor")


def same(saved):
    """A hook that changes nothing, and holds no history: for packing and for unpacking."""
    return saved.detach()


def numbering(kept):
    """A pair of hooks that keep tensors in the list `kept`, and in the graph only their places in it."""

    def pack(saved):
        kept.append(saved.detach())
        return len(kept) - 1

    return pack, kept.__getitem__


# -- what is saved


@scenario(cites=SAVED, needs=(*NEEDS, "graph"))
def a_saved_input_is_the_input(torch):
    """A node shows what it saved in attributes `_saved_...`: an input is saved as it is, the same object."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    yield "its values", y.grad_fn._saved_self.detach()
    yield "the same object", y.grad_fn._saved_self is x


@scenario(cites=SAVED, needs=(*NEEDS, "graph", "functions"))
def a_saved_result_is_another_object(torch):
    """A saved result is another object than the result, with the same values and the same `grad_fn`."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._saved_result
    yield "its values", saved.detach()
    yield "the same object", saved is y
    yield "the same grad_fn", saved.grad_fn is y.grad_fn


@scenario(cites=SAVED, needs=(*NEEDS, "graph", "functions", "detach", "inplace"))
def a_saved_result_shares_its_memory(torch):
    """A saved result shares the memory of the result: it is no copy."""
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = x.sqrt()
    saved = y.grad_fn._saved_result.detach()
    y.detach().mul_(5)
    yield "after the result was changed", saved


@scenario(cites=SAVED, needs=(*NEEDS, "graph"))
def only_what_is_needed_is_saved(torch):
    """A product saves a factor only if the other factor requires grad; the rest is None."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    c = torch.tensor([5.0, 7.0])
    node = (x * c).grad_fn
    yield "the constant", node._saved_other
    yield "the leaf", node._saved_self


@scenario(cites=SAVED, needs=(*NEEDS, "graph", "dtypes"))
def a_number_is_saved_as_a_tensor(torch):
    """A factor that is a Python number is shown as a tensor without dimensions: int64 for int, float64 for float."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    yield "an int", (x * 5).grad_fn._saved_other
    yield "a float", (x * 2.5).grad_fn._saved_other


@scenario(cites=SAVED, needs=("saved_tensors", "graph"))
def arguments_are_shown_as_well(torch):
    """What a node needs besides tensors is shown in the same way, as the Python value that it is."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "the exponent of x ** 3", (x**3).grad_fn._saved_exponent


@scenario(cites=SAVED, needs=(*NEEDS, "graph", "retain_graph"))
def freed_saved_tensors_cannot_be_read(torch):
    """Reading a saved tensor after a backward pass has freed it raises an error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * x
    y.sum().backward()
    yield "after the pass", attempt(lambda: y.grad_fn._saved_self)


@scenario(cites=SAVED, needs=(*NEEDS, "graph", "inplace"))
def changed_saved_tensors_cannot_be_read(torch):
    """Reading a saved tensor that was changed in place since raises the error of the backward pass."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x + 1
    z = y * y
    y.add_(1)
    yield "after the change", attempt(lambda: z.grad_fn._saved_self)


@scenario(cites=SAVED, needs=(*NEEDS, "graph"))
def other_names_are_attribute_errors(torch):
    """A node has no `_saved_...` attribute for what its operation does not know."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    yield "an unknown name", attempt(lambda: (x * x).grad_fn._saved_nothing)


# -- hooks on one saved tensor


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph"))
def the_pack_hook_runs_at_once(torch):
    """`register_hooks` on a saved tensor calls the pack hook immediately, once, and the unpack hook not yet."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    y.grad_fn._raw_saved_self.register_hooks(
        lambda saved: (seen.append(("pack", saved.tolist())), same(saved))[1],
        lambda packed: (seen.append("unpack"), packed)[1],
    )
    yield "calls", seen


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph"))
def the_unpack_hook_runs_at_every_access(torch):
    """The unpack hook is called each time that the saved tensor is read, and in the backward pass."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    y.grad_fn._raw_saved_self.register_hooks(same, lambda packed: (seen.append("unpack"), packed)[1])
    y.grad_fn._saved_self
    y.grad_fn._saved_self
    yield "after reading it twice", list(seen)
    y.sum().backward()
    yield "and after the pass", seen


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph"))
def the_pass_uses_what_is_unpacked(torch):
    """The backward pass uses what the unpack hook makes of the packed value, whatever the tensor was."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    y.grad_fn._raw_saved_self.register_hooks(lambda saved: saved * 4, lambda packed: packed * 25)
    y.sum().backward()
    yield "2 · 100x", x.grad


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph", "flags"))
def an_unpacked_input_is_another_object(torch):
    """With hooks, a saved leaf is read as another tensor, which is a leaf that requires grad like the one saved."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    y.grad_fn._raw_saved_self.register_hooks(same, same)
    yield "as it is read", y.grad_fn._saved_self
    yield "the same object", y.grad_fn._saved_self is x


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph"))
def a_saved_tensor_takes_one_pair(torch):
    """A second pair of hooks on the same saved tensor is an error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    y.grad_fn._raw_saved_self.register_hooks(same, same)
    yield "a second pair", attempt(y.grad_fn._raw_saved_self.register_hooks, same, same)


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph"))
def what_was_not_saved_takes_no_hooks(torch):
    """Registering hooks where nothing was saved is an error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * torch.tensor([5.0, 7.0])
    yield "the factor that is not needed", attempt(y.grad_fn._raw_saved_self.register_hooks, same, same)


@scenario(cites=REGISTERING, needs=(*NEEDS, "graph", "retain_graph"))
def freed_saved_tensors_take_no_hooks(torch):
    """Registering hooks for a saved tensor that a pass has freed is an error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x**2
    saved = y.grad_fn._raw_saved_self
    y.sum().backward()
    yield "after the pass", attempt(saved.register_hooks, same, same)


# -- default hooks


@scenario(cites=DEFAULT, needs=NEEDS)
def default_hooks_pack_what_is_saved(torch):
    """Within `saved_tensors_hooks` the pack hook is called, during the operation, with each tensor that it saves."""
    kept = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    w = torch.tensor([5.0, 7.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        y = x * w
        yield "after a product", sorted(each.tolist() for each in kept)
        y + 1
        yield "after a sum", len(kept)


@scenario(cites=DEFAULT, needs=NEEDS)
def default_hooks_are_for_whole_graphs(torch):
    """The pass over a graph recorded within `saved_tensors_hooks` unpacks what was packed, also outside of it."""
    kept = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    w = torch.tensor([5.0, 7.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        y = (x * w) ** 2
    for each in kept:
        each.mul_(10)
    y.sum().backward()
    yield "with all that was kept ten times as large", (x.grad, w.grad)


@scenario(cites=DEFAULT, needs=NEEDS)
def default_hooks_end_with_their_block(torch):
    """Operations after the end of `saved_tensors_hooks` are not packed, even if it ended with an error."""
    kept = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def block():
        with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
            raise ValueError("within the block")

    yield "the block", attempt(block)
    x * x
    yield "packed after it", len(kept)


@scenario(cites=PAIR, needs=NEEDS)
def the_innermost_pair_counts(torch):
    """Of nested pairs of hooks only the innermost is applied; after its block the outer one is again."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    pair = torch.autograd.graph.saved_tensors_hooks
    with pair(lambda saved: (seen.append("outer"), same(saved))[1], same):
        with pair(lambda saved: (seen.append("inner"), same(saved))[1], same):
            x**2
        yield "within both", list(seen)
        x**2
    yield "and within the outer one", seen


@scenario(cites=PAIR, needs=(*NEEDS, "functions"))
def results_are_packed_as_well(torch):
    """An operation that saves its result hands the result to the pack hook."""
    kept = []
    x = torch.tensor([4.0, 9.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        y = x.sqrt()
    yield "packed", list(kept)
    kept[0].fill_(0.25)
    y.sum().backward()
    yield "1 / (2 · 0.25)", x.grad


@scenario(cites=PAIR, needs=NEEDS)
def numbers_are_not_packed(torch):
    """A factor that is a Python number is saved, but not handed to the hooks."""
    kept = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        (x * 5).sum().backward()
    yield "packed", len(kept)
    yield "the gradient", x.grad


@scenario(cites=PAIR, needs=(*NEEDS, "grad_modes"))
def nothing_is_packed_without_recording(torch):
    """Where nothing is recorded nothing is saved, and no hook is called."""
    kept = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        with torch.no_grad():
            x * x
        torch.tensor([1.0]) * torch.tensor([2.0])
    yield "packed", len(kept)


@scenario(cites=PAIR, needs=(*NEEDS, "grad_modes", "flags"))
def pack_hooks_run_without_recording(torch):
    """A pack hook is given the input itself, and runs with grad mode off."""
    seen = []
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def pack(saved):
        seen.append((saved is x, torch.is_grad_enabled(), (saved * 2).requires_grad))
        return same(saved)

    with torch.autograd.graph.saved_tensors_hooks(pack, same):
        x**2
    yield "the input, grad mode, requires_grad of a product", seen


@scenario(cites=PAIR, needs=(*NEEDS, "higher_order"))
def second_derivatives_go_through_unpacked_tensors(torch):
    """An unpacked tensor has the history of the one that was packed: higher derivatives are as without hooks."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(same, same):
        y = (x * x) ** 2
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "4x³", first.detach()
    yield "12x²", torch.autograd.grad(first.sum(), x)


@scenario(cites=PAIR, needs=(*NEEDS, "inplace"))
def packed_tensors_may_be_changed(torch):
    """A tensor whose pack hook kept a copy may be changed in place: the pass uses the copy and raises no error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x + 1
    with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.clone(), same):
        z = y**2
    y.mul_(100)
    z.sum().backward()
    yield "2 (x + 1)", x.grad


@scenario(cites=HOOKS, needs=(*NEEDS, "inplace"))
def pack_hooks_may_not_change_their_input(torch):
    """A pack hook that changes its input in place is an error in the operation that saves."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    c = torch.tensor([5.0, 7.0])
    with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.mul_(2), same):
        yield "the operation", attempt(torch.mul, x, c)


@scenario(cites=PAIR, needs=NEEDS)
def unpack_hooks_return_a_tensor(torch):
    """An unpack hook that returns anything but a tensor is an error in the backward pass."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(same, lambda packed: packed.tolist()):
        y = x**2
    yield "the pass", attempt(y.sum().backward)


@scenario(cites=PAIR, needs=NEEDS)
def errors_in_pack_hooks_come_out_of_the_operation(torch):
    """An error raised in a pack hook comes out of the operation that saves, as it is."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def refuse(saved):
        raise ValueError("nothing is kept")

    with torch.autograd.graph.saved_tensors_hooks(refuse, same):
        yield "the operation", attempt(torch.pow, x, 2)


@scenario(cites=PAIR, needs=NEEDS)
def errors_in_unpack_hooks_come_out_of_the_pass(torch):
    """An error raised in an unpack hook comes out of the backward pass, as it is."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def refuse(packed):
        raise ValueError("nothing was kept")

    with torch.autograd.graph.saved_tensors_hooks(same, refuse):
        y = x**2
    yield "the pass", attempt(y.sum().backward)


@scenario(cites=PAIR, needs=(*NEEDS, "custom_function"))
def custom_functions_save_through_the_hooks(torch):
    """What a custom function saves with `save_for_backward` is handed to the hooks as well."""
    kept = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 * x

    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*numbering(kept)):
        y = Square.apply(x)
    yield "packed", [each.tolist() for each in kept]
    kept[0].mul_(10)
    y.sum().backward()
    yield "2 · 10x", x.grad


@scenario(cites=PAIR, needs=(*NEEDS, "graph"))
def default_hooks_leave_no_room_for_others(torch):
    """A tensor that default hooks have packed takes no other hooks."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(same, same):
        y = x**2
    yield "another pair", attempt(y.grad_fn._raw_saved_self.register_hooks, same, same)


@scenario(cites=HOOKS, needs=(*NEEDS, "retain_graph"))
def packed_values_are_freed_with_the_graph(torch):
    """A backward pass frees what was packed, unless retain_graph keeps the graph."""

    class Kept:
        def __init__(self, saved):
            self.saved = saved.detach()

    alive = []

    def pack(saved):
        kept = Kept(saved)
        alive.append(weakref.ref(kept))
        return kept

    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept.saved):
        y = (x**2).sum()
    y.backward(retain_graph=True)
    yield "alive after a pass that retains", alive[0]() is not None
    y.backward()
    yield "alive after one that does not", alive[0]() is not None


@scenario(cites=HOOKS, needs=NEEDS)
def the_packed_tensor_itself_is_let_go(torch):
    """Where a pack hook keeps something else of a constant, the graph no longer keeps the constant alive."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    constant = torch.tensor([5.0, 7.0])
    gone = weakref.ref(constant)
    with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.tolist(), torch.tensor):
        y = x * constant
    del constant
    gc.collect()
    yield "alive", gone() is not None
    y.sum().backward()
    yield "the gradient", x.grad


# -- switching hooks off, ready-made hooks


@scenario(cites="torch.autograd.graph.disable_saved_tensors_hooks", needs=NEEDS)
def default_hooks_can_be_disabled(torch):
    """Within `disable_saved_tensors_hooks`, entering `saved_tensors_hooks` raises an error with the words given."""
    graph = torch.autograd.graph
    with graph.disable_saved_tensors_hooks("no hooks in here"):
        yield "within", attempt(graph.saved_tensors_hooks(same, same).__enter__)
    with graph.saved_tensors_hooks(same, same):
        yield "after it", "no error"


@scenario(cites="torch.autograd.graph.disable_saved_tensors_hooks", needs=NEEDS)
def the_innermost_message_counts(torch):
    """Of nested `disable_saved_tensors_hooks` the innermost gives the words, and the outer one goes on after it."""
    graph = torch.autograd.graph
    with graph.disable_saved_tensors_hooks("outer"):
        with graph.disable_saved_tensors_hooks("inner"):
            yield "within both", attempt(graph.save_on_cpu().__enter__)
        yield "within the outer one", attempt(graph.save_on_cpu().__enter__)


@scenario(cites="torch.autograd.graph.disable_saved_tensors_hooks", needs=NEEDS)
def hooks_in_force_cannot_be_disabled(torch):
    """`disable_saved_tensors_hooks` within `saved_tensors_hooks` raises its error at once."""
    graph = torch.autograd.graph
    with graph.saved_tensors_hooks(same, same):
        yield "within hooks", attempt(graph.disable_saved_tensors_hooks("too late").__enter__)


@scenario(cites="torch.autograd.graph.save_on_cpu", needs=(*NEEDS, "graph", "flags"))
def save_on_cpu_changes_no_gradient(torch):
    """Within `save_on_cpu` saved tensors are packed, and gradients are what they are without it."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = x**2
    yield "the saved tensor is the input", y.grad_fn._saved_self is x
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites=MUTATION, needs=(*NEEDS, "inplace"))
def mutation_of_saved_tensors_can_be_allowed(torch):
    """Within `allow_mutation_on_saved_tensors` a saved tensor may be changed: the pass uses what it was."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = y**2
        y.mul_(100)
        z.sum().backward()
    yield "2x", x.grad
    yield "the changed tensor", y.detach()


@scenario(cites=MUTATION, needs=(*NEEDS, "inplace", "views", "indexing"))
def mutation_through_a_view_is_allowed_too(torch):
    """A saved tensor may be changed through a view of its first elements, too."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = y**2
        y[:1].zero_()
        z.sum().backward()
    yield "2x", x.grad


@scenario(cites=MUTATION, needs=(*NEEDS, "inplace"))
def each_version_is_kept_apart(torch):
    """A tensor saved, changed and saved again is remembered as it was each time."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        y = x.clone()
        first = y**2
        y.mul_(10)
        second = y**3
        y.zero_()
        yield "copies made", len(context.cloned)
        (first + second).sum().backward()
    yield "2x + 3 (10x)² · 10", x.grad


@scenario(cites=MUTATION, needs=(*NEEDS, "inplace"))
def what_was_changed_is_told_apart(torch):
    """The context tells what was saved and changed since from what is as it was."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        y, z = x.clone(), x * 2
        results = y**2, z**2
        yield "at first", (len(context.cloned), len(context.original))
        y.mul_(10)
        yield "one changed", (len(context.cloned), len(context.original))
        z.mul_(10)
        yield "both changed", (len(context.cloned), len(context.original))
        sum(results).sum().backward()
    yield "2x + 8x", x.grad
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        constant = torch.tensor([5.0, 7.0])
        part = constant[:1]
        result = (x * constant).sum()
        yield "beside a view", (len(context.cloned), len(context.original))
        part.zero_()
        yield "changed through the view", (len(context.cloned), len(context.original))
        yield "as it was", torch.autograd.grad(result, x)[0]


@scenario(cites=MUTATION, needs=NEEDS)
def the_pass_runs_in_the_same_context(torch):
    """A graph recorded within `allow_mutation_on_saved_tensors` cannot be run backward outside of it."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = (x**2).sum()
    yield "the pass", attempt(y.backward)


@scenario(cites=MUTATION, needs=NEEDS)
def mutation_contexts_do_not_nest(torch):
    """`allow_mutation_on_saved_tensors` within itself raises an error."""
    allow = torch.autograd.graph.allow_mutation_on_saved_tensors
    with allow():
        yield "within itself", attempt(allow().__enter__)


@scenario(cites="torch.autograd.graph.increment_version", needs=(*NEEDS, "inplace"))
def increment_version_counts_as_a_change(torch):
    """After `increment_version` a saved tensor counts as changed: the backward pass raises the error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x + 1
    z = y * y
    torch.autograd.graph.increment_version(y)
    yield "the pass", attempt(z.sum().backward)


@scenario(cites="torch.autograd.graph.increment_version", needs=(*NEEDS, "versions"))
def increment_version_takes_several(torch):
    """`increment_version` takes one tensor or several, and counts one change for each."""
    a, b = torch.tensor([2.0]), torch.tensor([3.0])
    torch.autograd.graph.increment_version([a, b, a])
    torch.autograd.graph.increment_version(b)
    yield "versions", (a._version, b._version)
    yield "of a number", attempt(torch.autograd.graph.increment_version, [5])


@scenario(cites="torch.autograd.graph.saved_tensors_hooks", needs=("saved_tensors",))
def default_hooks_are_functions(torch):
    """Entering `saved_tensors_hooks` with what cannot be called is an error."""
    pair = torch.autograd.graph.saved_tensors_hooks(1, 2)
    yield "numbers", attempt(pair.__enter__)


@scenario(cites=SAVED, needs=("graph", "saved_tensors", "tensor", "indexing", "views"))
def what_a_saved_tensor_holds(torch):
    """A saved tensor shows what it holds: the input itself, a result without its history, or what a hook made of it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    view = x[:1]
    squared, raised = (x * x).grad_fn, x.exp()
    yield "an input that has a view", (squared._saved_self, view.shape)
    yield "held", squared._raw_saved_self.data
    yield "is the input", squared._raw_saved_self.data is x
    result = raised.grad_fn._raw_saved_result
    yield "a result", result.data
    yield "one hook", type(attempt(result.register_hooks, lambda t: t).error).__name__
    yield "three hooks", type(attempt(result.register_hooks, *[lambda t: t] * 3).error).__name__
    result.register_hooks(lambda t: "packed", lambda packed: raised.detach())
    yield "packed", result.data
    yield "unpacked", torch.autograd.grad(raised.sum(), x)[0]


@scenario(cites=DEFAULT, needs=("saved_tensors", "tensor", "anomaly", "matmul"))
def hooks_beside_other_observers(torch):
    """Default hooks see what is saved also within, and after, anomaly detection, and of several results each one."""
    seen = []

    def pack(t):
        seen.append(t.dim())
        return t

    x = torch.tensor([[2.0, 1.0], [0.5, 3.0]], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        with torch.autograd.detect_anomaly(check_nan=False):
            within = x * x
        after = x * x
        yield "seen", seen
        _, values, _ = torch.linalg.svd(x, full_matrices=False)
        _, upper = torch.linalg.qr(x)
        _, size = torch.linalg.slogdet(x)
    total = within.sum() + after.sum() + values.sum() + (upper * upper).sum() + size
    yield "slopes", torch.autograd.grad(total, x)[0]
