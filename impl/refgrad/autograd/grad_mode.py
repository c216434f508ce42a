"""Switching the recording of operations on and off."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from refgrad import messages
from refgrad.modes import modes


def switch(asked: bool) -> None:
    """Record operations, if `asked` for; in inference mode nothing ever is."""
    modes.asked = asked
    modes.grad = asked and not modes.inference


class _Mode:
    """A context manager that is a decorator, too: of functions and generators."""

    mode: Any = None  # what it was made with

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            return self._generator(function)
        if inspect.isclass(function):
            messages.warn("autograd.decorated_class")

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return called

    def _generator(self, function: Callable) -> Callable:
        """The mode holds while the generator runs, and not while its caller does."""

        @functools.wraps(function)
        def generated(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            resume, value = generator.send, None
            try:
                while True:
                    with self.clone():
                        item = resume(value)
                    try:
                        resume, value = generator.send, (yield item)
                    except BaseException as error:  # noqa: BLE001  whatever was thrown in is for the generator
                        resume, value = generator.throw, error
            except StopIteration as stop:
                return stop.value

        return generated

    def clone(self) -> _Mode:
        return type(self)(self.mode)  # type: ignore[call-arg]

    def __enter__(self) -> None:
        self.previous = is_grad_enabled()

    def __exit__(self, *error: Any) -> None:
        switch(self.previous)


class _GradMode(_Mode):
    to: bool

    def __new__(cls, function: Callable | None = None) -> Any:
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def __enter__(self) -> None:
        self.previous = is_grad_enabled()
        switch(self.to)


class no_grad(_GradMode):
    """Within it nothing is recorded."""

    to = False


class enable_grad(_GradMode):
    """Within it operations are recorded, even inside `no_grad`."""

    to = True


class set_grad_enabled(_Mode):
    """Switch recording on or off, from the call on, or for a `with` block. mode: bool."""

    def __init__(self, mode: bool) -> None:
        messages.require(isinstance(mode, bool), "autograd.enabled", "set_grad_enabled", "enabled", 1, mode)
        self.previous, self.mode = is_grad_enabled(), mode
        switch(mode)

    def __call__(self, function: Callable) -> Callable:
        switch(self.previous)
        return super().__call__(function)

    def __enter__(self) -> None:
        switch(self.mode)


class inference_mode(_Mode):
    """Within it nothing is recorded, and what is made there (an inference tensor) may not be recorded later either.

    mode: bool; False is ordinary mode again.
    """

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.before = is_grad_enabled(), modes.inference
        modes.inference = self.mode
        switch(not self.mode)

    def __exit__(self, *error: Any) -> None:
        grad, modes.inference = self.before
        switch(grad)


class set_multithreading_enabled(_Mode):
    """Accepted, and of no effect: there is one thread."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode


class _unsafe_preserve_version_counter(_Mode):
    """Within it changes to the tensors go uncounted: their versions are put back."""

    def __init__(self, tensors: Any) -> None:
        self.tensors = self.mode = tensors if isinstance(tensors, tuple) else (tensors,)

    def __enter__(self) -> None:
        self.versions = [t._version for t in self.tensors]

    def __exit__(self, *error: Any) -> None:
        for t, version in zip(self.tensors, self.versions):
            t._counter()[0] = version


def is_inference_mode_enabled() -> bool:
    """Whether what is made now are inference tensors."""
    return modes.inference


def is_grad_enabled() -> bool:
    """Whether operations are recorded now; in inference mode, whether they would be outside of it."""
    return modes.asked if modes.inference else modes.grad
