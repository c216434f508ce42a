"""Checkpoints: parts of a graph that keep no values for the backward pass, and are computed again when it needs them.

The reentrant kind runs the function without recording and, in backward, once more with recording, as a pass within the
pass. The other kind records as usual, but puts a `Holder` in the place of each tensor that is saved; the first of them
to be asked for runs the function again, and catches its saved tensors, in the same order, for all of them.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from refgrad import autograd, creation, messages
from refgrad.autograd.function import Function
from refgrad.autograd.saved_tensors import replaced, saved_tensors_hooks
from refgrad.modes import modes
from refgrad.tensor import Tensor

__all__ = [
    "CheckpointError", "CheckpointFunction", "GraphExecGroup", "check_backward_validity", "checkpoint",
    "checkpoint_sequential", "detach_variable", "noop_context_fn", "set_checkpoint_debug_enabled", "set_checkpoint_early_stop",
]  # fmt: skip


class CheckpointError(RuntimeError):
    """The function did not do the same again when it was recomputed."""


def noop_context_fn() -> tuple:
    return contextlib.nullcontext(), contextlib.nullcontext()


def metadata(t: Tensor) -> dict:
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


DETERMINISM_CHECKS: dict[str, Callable[[Tensor], Any]] = {"default": metadata, "none": lambda t: None}


class Settings:
    """What the context managers below set for all checkpoints made within them; None leaves it to each."""

    early_stop: bool | None = None
    debug: bool | None = None
    group: GraphExecGroup | None = None


def set_checkpoint_early_stop(enable: bool) -> Any:
    """Context manager: whether recomputation ends as soon as all that is needed is there."""
    return replaced(Settings, "early_stop", enable)


def set_checkpoint_debug_enabled(enabled: bool | None) -> Any:
    """Context manager, accepted: errors say what was saved, debugging or not."""
    return replaced(Settings, "debug", enabled)


class GraphExecGroup:
    """Context manager: backward passes within it share one recomputation; they may not need the same saved tensor."""

    def __enter__(self) -> GraphExecGroup:
        messages.require(Settings.group is None, "checkpoint.nested_group", Settings.group)
        Settings.group = self
        return self

    def __exit__(self, *error: Any) -> None:
        Settings.group = None


@contextlib.contextmanager
def random_state(state: Tensor | None) -> Iterator[None]:
    """The generator in `state`, and afterwards as it was; None leaves it alone."""
    previous = creation.get_rng_state()
    if state is not None:
        creation.set_rng_state(state)
    try:
        yield
    finally:
        if state is not None:
            creation.set_rng_state(previous)


# -- reentrant


def check_backward_validity(inputs: Any) -> None:
    """Warn if none of the tensors among `inputs` requires grad."""
    if not any(t.requires_grad for t in inputs if isinstance(t, Tensor)):
        messages.warn("checkpoint.no_input")


def detach_variable(inputs: tuple) -> tuple:
    """`inputs` with leaves in the place of tensors: the same values, requiring grad where they did."""
    messages.require(isinstance(inputs, tuple), "checkpoint.not_a_tuple", inputs)
    return tuple([t.detach().requires_grad_(t.requires_grad) if isinstance(t, Tensor) else t for t in inputs])


def keep(ctx: Any, args: tuple) -> None:
    """Have the node keep `args`: the tensors among them as what it saves."""
    ctx.others = [None if isinstance(a, Tensor) else a for a in args]
    ctx.save_for_backward(*[a if isinstance(a, Tensor) else None for a in args])


def kept(ctx: Any) -> tuple:
    """The arguments that the node was to keep. RuntimeError if one was modified in place since."""
    return tuple([other if t is None else t for t, other in zip(ctx.saved_tensors, ctx.others)])


class CheckpointFunction(Function):
    """The reentrant checkpoint: `run_function`'s backward is to run it again, recorded, and backward through that."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function, ctx.state = run_function, creation.get_rng_state() if preserve_rng_state else None
        keep(ctx, args)
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple:
        messages.require(modes.task.wanted is None, "checkpoint.partial")
        inputs = detach_variable(kept(ctx))
        with random_state(ctx.state), autograd.enable_grad():
            outputs = ctx.run_function(*inputs)
        pairs = zip(outputs if isinstance(outputs, tuple) else (outputs,), grads)
        recorded = [(o, g) for o, g in pairs if isinstance(o, Tensor) and o.requires_grad]
        messages.require(recorded, "checkpoint.no_output")
        autograd.backward([o for o, _ in recorded], [g for _, g in recorded])
        return (None, None, *[t.grad if isinstance(t, Tensor) else None for t in inputs])


# -- not reentrant


class StopRecomputation(Exception):  # noqa: N818  nothing has gone wrong: all that is needed is there
    pass


class Holder:
    """What a node keeps in the place of a tensor: the `index`-th that its checkpoint has saved."""

    def __init__(self, index: int) -> None:
        self.index = index


class Arguments(Function):
    """Its node keeps the checkpointed function's arguments as any saved tensor is: by the hooks in force, with its version."""

    @staticmethod
    def forward(ctx: Any, leaf: Tensor, *args: Any) -> Tensor:
        keep(ctx, args)
        return leaf


class Frame:
    """One checkpointed call: how to run it again, what it saved, and what was found of that in each backward pass."""

    def __init__(self, run_again: Callable, args: tuple, describe: Callable, early_stop: bool) -> None:
        self.run_again, self.node = run_again, Arguments.apply(creation.empty(0, requires_grad=True), *args).grad_fn
        self.describe, self.early_stop, self.complete = describe, early_stop, False
        self._saved: list = []  # of each tensor the holder, as a weak reference, and a description
        self.found: Any = weakref.WeakKeyDictionary()

    def pack(self, t: Tensor) -> Holder:
        holder = Holder(len(self._saved))
        self._saved.append((weakref.ref(holder), self.describe(t)))
        return holder

    def unpack(self, holder: Holder) -> Tensor:
        key = Settings.group or modes.task or Holder(0)  # outside of a pass nothing is shared
        if key not in self.found:
            self.found[key] = dict(enumerate(self.recompute()))
        if holder.index not in self.found[key]:
            overlap = messages.text("checkpoint.overlap") if Settings.group else ""
            raise CheckpointError(messages.text("checkpoint.twice", overlap))
        return self.found[key].pop(holder.index)

    def recompute(self) -> list:
        """The tensors that running the function again saves, None for those that nobody holds a place for any more."""
        found: list = []

        def pack(t: Tensor) -> Tensor:
            t = t.detach() if t.requires_grad else t
            if len(found) < len(self._saved):
                holder, _ = self._saved[len(found)]
                found.append(t if holder() is not None else None)
                if self.early_stop and len(found) == len(self._saved):
                    raise StopRecomputation
            elif self.complete:  # else in a pass within the function itself: the first run has not come to this yet
                raise CheckpointError(messages.text("checkpoint.more"))
            return t

        args = kept(self.node)
        with contextlib.suppress(StopRecomputation), saved_tensors_hooks(pack, lambda t: t), autograd.enable_grad():
            self.run_again(*args)
        self.compare(found)
        return found

    def compare(self, found: list) -> None:
        if len(found) != len(self._saved):
            raise CheckpointError(messages.text("checkpoint.fewer", len(self._saved), len(found)))
        differences = ""
        for i, (t, (_, was)) in enumerate(zip(found, self._saved)):
            if t is not None and self.describe(t) != was:
                differences += messages.text("checkpoint.other", i, was, self.describe(t))
        if differences:
            raise CheckpointError(messages.text("checkpoint.others", differences))


def checkpoint(
    function: Callable, *args: Any, use_reentrant: bool | None = None, context_fn: Callable = noop_context_fn,
    determinism_check: str = "default", debug: bool = False, early_stop: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """`function(*args, **kwargs)`, which keeps none of the values that its backward needs, but computes them again.

    use_reentrant: the kind of checkpoint; the reentrant kind takes no keyword arguments. preserve_rng_state: give the
    recomputation the same random numbers (default True). context_fn: makes two context managers, for the call and for
    the recomputation. determinism_check: "default" compares shapes and dtypes of what is recomputed, "none" nothing.
    early_stop: end the recomputation as soon as all that is needed is there.
    Raises ValueError for arguments that do not go together, and CheckpointError, in backward, for other results.
    """
    if use_reentrant is None:
        messages.warn("checkpoint.kind")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    other_contexts = context_fn is not noop_context_fn
    if use_reentrant:
        messages.require(not kwargs, "checkpoint.keywords", ",".join(kwargs))
        messages.require(not other_contexts and debug is False, "checkpoint.reentrant_options")
        return CheckpointFunction.apply(function, preserve, *args)
    debug = debug if Settings.debug is None else Settings.debug
    messages.require(not (debug and other_contexts), "checkpoint.debug")
    describe: Any = DETERMINISM_CHECKS.get(determinism_check)
    messages.require(describe, "checkpoint.determinism", [*DETERMINISM_CHECKS], determinism_check)
    forward_context, recompute_context = context_fn()
    if not modes.grad:
        return function(*args, **kwargs)
    state = creation.get_rng_state() if preserve else None

    def run_again(*args: Any) -> None:
        with random_state(state), recompute_context:
            function(*args, **kwargs)

    frame = Frame(run_again, args, describe, early_stop if Settings.early_stop is None else Settings.early_stop)
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        result = function(*args, **kwargs)
        frame.complete = True
    messages.require(frame.complete, "checkpoint.suppressed")
    return result


def checkpoint_sequential(
    functions: Any, segments: int, input: Tensor, use_reentrant: bool | None = None, **kwargs: Any
) -> Tensor:
    """`functions` (a list, or an nn.Sequential) one after the other on `input`, in `segments` checkpoints.

    The last segment is run without one, as its values are needed at once.
    """
    if use_reentrant is None:
        messages.warn("checkpoint.kind_sequential")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    messages.require(not kwargs, "checkpoint.keywords", ",".join(kwargs))
    functions = list(functions)
    size = len(functions) // segments
    last = size * (segments - 1)

    def chain(start: int, end: int | None) -> Callable:
        return lambda input: functools.reduce(lambda x, function: function(x), functions[start:end], input)

    for start in range(0, last, size):
        input = checkpoint(chain(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return chain(last, None)(input)
