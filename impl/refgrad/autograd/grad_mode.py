"""Switching the recording of operations on and off."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from refgrad.modes import modes

CLASSES = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
    "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method and "
    "nothing else."
)


def switch(asked: bool) -> None:
    """Record operations, if `asked` for; in inference mode nothing ever is."""
    modes.asked = asked
    modes.grad = asked and not modes.inference


class _Mode:
    """A context manager that is a decorator, too: of functions and generators."""

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            return self._generator(function)
        if inspect.isclass(function):
            warnings.warn(CLASSES, FutureWarning, stacklevel=2)

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
            try:
                with self.clone():
                    item = generator.send(None)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        with self.clone():
                            generator.close()
                        raise
                    except BaseException as error:  # noqa: BLE001  whatever was thrown in is for the generator
                        with self.clone():
                            item = generator.throw(error)
                    else:
                        with self.clone():
                            item = generator.send(sent)
            except StopIteration as stop:
                return stop.value

        return generated

    def clone(self) -> _Mode:
        return type(self)()

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *error: Any) -> None:
        switch(self.previous)

    previous = True


class _GradMode(_Mode):
    to = True

    def __new__(cls, function: Callable | None = None) -> Any:
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def __init__(self, function: Callable | None = None) -> None:
        self.previous = False

    def __enter__(self) -> None:
        self.previous = is_grad_enabled()
        switch(self.to)


class no_grad(_GradMode):
    """Within it nothing is recorded."""

    to = False


class enable_grad(_GradMode):
    """Within it operations are recorded, even inside `no_grad`."""


class set_grad_enabled(_Mode):
    """Switch recording on or off, from the call on, or for a `with` block. mode: bool."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self.previous = is_grad_enabled()
        self.mode = mode
        switch(mode)

    def __call__(self, function: Callable) -> Callable:
        switch(self.previous)
        return super().__call__(function)

    def __enter__(self) -> None:
        switch(self.mode)

    def clone(self) -> set_grad_enabled:
        return type(self)(self.mode)


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

    def clone(self) -> inference_mode:
        return type(self)(self.mode)


class set_multithreading_enabled(_Mode):
    """Accepted, and of no effect: there is one thread."""

    def __init__(self, mode: bool) -> None:
        self.mode, self.previous = mode, is_grad_enabled()

    def __enter__(self) -> None:
        self.previous = is_grad_enabled()

    def clone(self) -> set_multithreading_enabled:
        return type(self)(self.mode)


class _unsafe_preserve_version_counter(_Mode):
    """Within it changes to the tensors go uncounted: their versions are put back."""

    def __init__(self, tensors: Any) -> None:
        self.tensors = tensors if isinstance(tensors, tuple) else (tensors,)

    def __enter__(self) -> None:
        self.versions = [t._version for t in self.tensors]

    def __exit__(self, *error: Any) -> None:
        for t, version in zip(self.tensors, self.versions, strict=True):
            t._counter()[0] = version


def is_inference_mode_enabled() -> bool:
    """Whether what is made now are inference tensors."""
    return modes.inference


def is_grad_enabled() -> bool:
    """Whether operations are recorded now; in inference mode, whether they would be outside of it."""
    return modes.asked if modes.inference else modes.grad
