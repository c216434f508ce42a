"""Checkpoints: parts of a graph that keep no values for the backward pass, and are computed again when it needs them.

The reentrant kind runs the function without recording and, in backward, once more with recording, as a pass within the
pass. The other kind records as usual, but puts a `Holder` in the place of each tensor that is saved; the first of them
to be asked for runs the function again, and catches its saved tensors, in the same order, for all of them.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from refgrad import autograd, creation
from refgrad.autograd.function import Function
from refgrad.autograd.saved_tensors import Defaults, Packed, saved_tensors_hooks
from refgrad.modes import modes
from refgrad.node import modified
from refgrad.tensor import Tensor

__all__ = [
    "CheckpointError", "CheckpointFunction", "GraphExecGroup", "check_backward_validity", "checkpoint",
    "checkpoint_sequential", "detach_variable", "noop_context_fn", "set_checkpoint_debug_enabled", "set_checkpoint_early_stop",
]  # fmt: skip

USE_REENTRANT = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
    "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
    "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants."
)
USE_REENTRANT_SEQUENTIAL = (
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In version "
    "2.9 we will raise an exception if use_reentrant is not passed. use_reentrant=False is recommended, but if you need "
    "to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants."
)
NO_INPUT = "None of the inputs have requires_grad=True. Gradients will be None"
NO_OUTPUT = "none of output has requires_grad=True, this checkpoint() is not necessary"
PARTIAL = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
    ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing the "
    "`inputs` argument."
)
FEWER = (
    "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
    "Number of tensors saved during forward: {}\nNumber of tensors saved during recomputation: {}.\n"
)
MORE = (
    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward pass.\n"
)
OTHERS = (
    "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
    "pass.\n{}.\n"
)
OTHER = "tensor at position {}:\nsaved metadata: {}\nrecomputed metadata: {}\n"
TWICE = (
    "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. {}If you are calling "
    "ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an issue with details on your "
    "use case."
)
OVERLAP = (
    "Performing two backward calls that overlap (i.e. require the same saved activation in order to compute gradients) "
    "is not allowed while under the torch.utils.checkpoint.GraphExecGroup context. "
)
SUPPRESSED = (
    "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the "
    "checkpointed forward. This is not supported because checkpoint cannot return a value for a failed forward."
)


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


@contextlib.contextmanager
def setting(name: str, value: Any) -> Iterator[None]:
    previous = getattr(Settings, name)
    setattr(Settings, name, value)
    try:
        yield
    finally:
        setattr(Settings, name, previous)


def set_checkpoint_early_stop(enable: bool) -> Any:
    """Context manager: whether recomputation ends as soon as all that is needed is there."""
    return setting("early_stop", enable)


def set_checkpoint_debug_enabled(enabled: bool | None) -> Any:
    """Context manager, accepted: errors say what was saved, debugging or not."""
    return setting("debug", enabled)


class GraphExecGroup:
    """Context manager: backward passes within it share one recomputation; they may not need the same saved tensor."""

    def __enter__(self) -> GraphExecGroup:
        if Settings.group is not None:
            raise RuntimeError(f"GraphExecGroup contexts cannot be nested. Already inside group {Settings.group}")
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
        warnings.warn(NO_INPUT, UserWarning, stacklevel=2)


def detach_variable(inputs: tuple) -> tuple:
    """`inputs` with leaves in the place of tensors: the same values, requiring grad where they did."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple([t.detach().requires_grad_(t.requires_grad) if isinstance(t, Tensor) else t for t in inputs])


class CheckpointFunction(Function):
    """The reentrant checkpoint: `run_function`'s backward is to run it again, recorded, and backward through that."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function, ctx.state = run_function, creation.get_rng_state() if preserve_rng_state else None
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple:
        if modes.task.wanted is not None:
            raise RuntimeError(PARTIAL)
        args = list(ctx.others)
        for i, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[i] = t
        inputs = detach_variable(tuple(args))
        with random_state(ctx.state), autograd.enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, grads, strict=False) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError(NO_OUTPUT)
        autograd.backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[t.grad if isinstance(t, Tensor) else None for t in inputs])


# -- not reentrant


class StopRecomputation(Exception):  # noqa: N818  nothing has gone wrong: all that is needed is there
    pass


class Holder:
    """What a node keeps in the place of a tensor: the `index`-th that its checkpoint has saved."""

    def __init__(self, index: int) -> None:
        self.index = index


class Input:
    """An argument of the checkpointed function: kept as any saved tensor is, by the hooks in force or with its version."""

    def __init__(self, value: Any) -> None:
        self.packed = (
            Packed(value, None, *Defaults.pairs[-1], bare=False)
            if isinstance(value, Tensor) and Defaults.pairs
            else None
        )
        self.value = None if self.packed else value
        self.version = value._version if isinstance(self.value, Tensor) else 0

    def get(self) -> Any:
        if self.packed:
            return self.packed.tensor(None)
        if isinstance(self.value, Tensor) and self.value._version != self.version:
            raise modified(None, self.value, self.version)
        return self.value


class Frame:
    """One checkpointed call: how to run it again, what it saved, and what was found of that in each backward pass."""

    TAKEN = object()

    def __init__(self, run_again: Callable, args: tuple, describe: Callable, early_stop: bool) -> None:
        self.run_again, self.args, self.describe, self.early_stop = (
            run_again,
            [Input(a) for a in args],
            describe,
            early_stop,
        )
        self.holders: list = []
        self.descriptions: list = []
        self.found: Any = weakref.WeakKeyDictionary()
        self.complete = False

    def pack(self, t: Tensor) -> Holder:
        holder = Holder(len(self.holders))
        self.holders.append(weakref.ref(holder))
        self.descriptions.append(self.describe(t))
        return holder

    def unpack(self, holder: Holder) -> Tensor:
        key = Settings.group or modes.task or Holder(0)  # outside of a pass nothing is shared
        if key not in self.found:
            self.found[key] = self.recompute()
        t = self.found[key][holder.index]
        if t is self.TAKEN:
            raise CheckpointError(TWICE.format(OVERLAP if Settings.group else ""))
        self.found[key][holder.index] = self.TAKEN
        return t

    def recompute(self) -> list:
        """The tensors that running the function again saves, None for those that nobody holds a place for any more."""
        found: list = []

        def pack(t: Tensor) -> Tensor:
            t = t.detach() if t.requires_grad else t
            if len(found) >= len(self.holders):
                if self.complete:
                    raise CheckpointError(MORE)
                return t  # in a pass within the function itself: the first run has not come to this yet
            found.append(t if self.holders[len(found)]() is not None else None)
            if self.early_stop and len(found) == len(self.holders):
                raise StopRecomputation
            return t

        args = [each.get() for each in self.args]
        with contextlib.suppress(StopRecomputation), saved_tensors_hooks(pack, lambda t: t), autograd.enable_grad():
            self.run_again(*args)
        self.compare(found)
        return found

    def compare(self, found: list) -> None:
        if len(found) != len(self.holders):
            raise CheckpointError(FEWER.format(len(self.holders), len(found)))
        described = [was if t is None else self.describe(t) for t, was in zip(found, self.descriptions, strict=True)]
        pairs = enumerate(zip(self.descriptions, described, strict=True))
        differences = [OTHER.format(i, was, now) for i, (was, now) in pairs if was != now]
        if differences:
            raise CheckpointError(OTHERS.format("".join(differences)))


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, which keeps none of the values that its backward needs, but computes them again.

    use_reentrant: the kind of checkpoint; the reentrant kind takes no keyword arguments. preserve_rng_state: give the
    recomputation the same random numbers (default True). context_fn: makes two context managers, for the call and for
    the recomputation. determinism_check: "default" compares shapes and dtypes of what is recomputed, "none" nothing.
    early_stop: end the recomputation as soon as all that is needed is there.
    Raises ValueError for arguments that do not go together, and CheckpointError, in backward, for other results.
    """
    if use_reentrant is None:
        warnings.warn(USE_REENTRANT, UserWarning, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if (debug if Settings.debug is None else Settings.debug) and context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    if determinism_check not in DETERMINISM_CHECKS:
        raise ValueError(f"determinism_check should be one of {[*DETERMINISM_CHECKS]}, but got {determinism_check}")
    forward_context, recompute_context = context_fn()
    if not modes.grad:
        return function(*args, **kwargs)
    state = creation.get_rng_state() if preserve else None

    def run_again(*args: Any) -> None:
        with random_state(state), recompute_context:
            function(*args, **kwargs)

    stop = early_stop if Settings.early_stop is None else Settings.early_stop
    frame = Frame(run_again, args, DETERMINISM_CHECKS[determinism_check], stop)
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        result = function(*args, **kwargs)
        frame.complete = True
    if not frame.complete:
        raise RuntimeError(SUPPRESSED)
    return result


def checkpoint_sequential(
    functions: Any, segments: int, input: Tensor, use_reentrant: bool | None = None, **kwargs: Any
) -> Tensor:
    """`functions` (a list, or an nn.Sequential) one after the other on `input`, in `segments` checkpoints.

    The last segment is run without one, as its values are needed at once.
    """
    if use_reentrant is None:
        warnings.warn(USE_REENTRANT_SEQUENTIAL, UserWarning, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions)
    size = len(functions) // segments

    def chain(start: int, end: int | None) -> Callable:
        def run(input: Tensor) -> Tensor:
            for function in functions[start:end]:
                input = function(input)
            return input

        return run

    last = size * (segments - 1)
    for start in range(0, last, size):
        input = checkpoint(chain(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return chain(last, None)(input)
