"""Switching the recording of operations on and off."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from refgrad.modes import modes


class _Mode:
    """A context manager that is a decorator, too: of functions, generators and coroutines."""

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            return self._generator(function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self.clone():
                    return await function(*args, **kwargs)

            return awaited

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
        modes.grad = self.previous

    previous = True


class _GradMode(_Mode):
    to = True

    def __new__(cls, function: Callable | None = None) -> Any:
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def __init__(self, function: Callable | None = None) -> None:
        self.previous = False

    def __enter__(self) -> None:
        self.previous = modes.grad
        modes.grad = self.to


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
        self.previous = modes.grad
        self.mode = mode
        modes.grad = mode

    def __call__(self, function: Callable) -> Callable:
        modes.grad = self.previous
        return super().__call__(function)

    def __enter__(self) -> None:
        modes.grad = self.mode

    def clone(self) -> set_grad_enabled:
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether operations are recorded now."""
    return modes.grad
