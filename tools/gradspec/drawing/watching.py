"""Watching a library from outside: each public call that gives a tensor is noted, the outermost one alone.

The library's own attributes are replaced, for the time of its process: the methods of its tensor class, the functions
of its namespaces, and the entrances of a backward pass.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any

from gradspec.adapters import Unsupported
from gradspec.drawing import naming
from gradspec.drawing.recorder import Operation, Recorder, Slot, Value, ask

# Operators that are methods: the name, under which torch has the function.
OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "pow": "pow",
    "matmul": "matmul",
    "mod": "remainder",
    "floordiv": "floor_divide",
}
METHODS = {f"__{name}__": (function, False) for name, function in OPERATORS.items()}
METHODS |= {f"__r{name}__": (function, True) for name, function in OPERATORS.items()}
METHODS |= {f"__i{name}__": (f"{function}_", False) for name, function in OPERATORS.items()}
METHODS |= {"__neg__": ("neg", False), "__pos__": ("positive", False), "__abs__": ("abs", False)}
METHODS |= {"__getitem__": ("getitem", False), "__setitem__": ("setitem_", False)}
ARITHMETIC = frozenset(OPERATORS.values()) | {
    "neg",
    "multiply",
    "divide",
    "true_divide",
    "subtract",
    "power",
    "negative",
}
PROPERTIES = ("T", "mT", "H", "mH", "real", "imag")
NAMESPACES = ("", "nn.functional", "linalg", "special", "fft")
# What gives back its own tensor, or another view of it, without computing anything.
SILENT = {
    "requires_grad_",
    "retain_grad",
    "register_hook",
    "detach",
    "detach_",
    "data_ptr",
    "backward",
    "tolist",
    "item",
}
SILENT |= {"numpy", "size", "dim", "numel", "share_memory_", "type", "zero_grad", "register_post_accumulate_grad_hook"}
NODES_SEARCHED = 20  # of one call, for what it saved


class Watch:
    """The replacements of one library."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.torch = recorder.adapter.torch
        self.watched: dict[int, tuple[Any, Any]] = {}  # functions and what stands in their place, by the functions' ids

    def begin(self) -> None:
        """Replace what there is to be replaced."""
        classes = tuple(self._tensor_classes())
        self.recorder.tensor_classes = classes
        for each in classes:
            self._watch_class(each)
        for name in NAMESPACES:
            self._watch_namespace(functools.reduce(ask, filter(None, name.split(".")), self.torch))
        self._watch_held(ask(self.torch, "nn"))
        autograd = ask(self.torch, "autograd")
        self._replace(autograd, "backward", self._backward)
        self._replace(autograd, "grad", self._grad)
        function = ask(autograd, "Function")
        if isinstance(function, type) and "apply" in vars(function):
            function.apply = classmethod(self._applied(vars(function)["apply"]))  # type: ignore[attr-defined]

    def _tensor_classes(self) -> Iterator[type]:
        """The class of tensors; with that of the namespace, where this is another one."""
        made = None
        try:
            made = type(self.torch.tensor(1.0, requires_grad=True))
            yield made
        except (Exception, Unsupported):  # noqa: BLE001 (it need not be able to)
            pass
        named = ask(self.torch, "Tensor")
        if isinstance(named, type) and (made is None or not issubclass(made, named)):
            yield named

    def _watch_class(self, cls: type) -> None:
        for name in dir(cls):
            function, reverse = METHODS.get(name, ("" if name.startswith("_") else name, False))
            method = ask(cls, name)
            bound = isinstance(inspect.getattr_static(cls, name, None), staticmethod | classmethod)
            if not function or name in SILENT or bound or isinstance(method, type):
                continue
            if callable(method) and not isinstance(getattr(method, "__self__", None), type):
                self._set(cls, name, self._observed(function, method, reverse))
        for name in PROPERTIES:
            getter = getattr(ask(cls, name), "__get__", None)
            if getter is not None and not callable(ask(cls, name)):
                self._set(cls, name, property(self._observed(name, functools.partial(_get, getter, cls), False)))
        if callable(ask(cls, "backward")):
            self._set(cls, "backward", self._backward(cls.backward))  # type: ignore[attr-defined]

    def _watch_namespace(self, namespace: Any) -> None:
        for name in [] if namespace is None else dir(namespace):
            function = ask(namespace, name)
            if name.startswith("_") or name in SILENT or isinstance(function, type | ModuleType):
                continue
            if callable(function) and not hasattr(function, "__watched__"):
                watched = self._observed(name, function, False)
                self.watched[id(function)] = function, watched
                self._set(namespace, name, watched)

    def _watch_held(self, modules: Any) -> None:
        """Classes of modules may hold functions that they were given when they were made."""
        for cls in [each for name in dir(modules) if isinstance(each := ask(modules, name), type)]:
            for name, held in list(vars(cls).items()):
                _, watched = self.watched.get(id(getattr(held, "__func__", held)), (None, None))
                if watched is not None:
                    self._set(cls, name, staticmethod(watched) if isinstance(held, staticmethod) else watched)

    def _replace(self, namespace: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        found = ask(namespace, name)
        if callable(found):
            self._set(namespace, name, wrap(found))

    @staticmethod
    def _set(holder: Any, name: str, watched: Any) -> None:
        try:
            setattr(holder, name, watched)
        except (Exception, Unsupported):  # noqa: BLE001 (what cannot be replaced is not watched)
            return

    # -- what stands in the place of a call

    def _observed(self, name: str, function: Callable[..., Any], reverse: bool) -> Callable[..., Any]:
        recorder, in_place = self.recorder, name.endswith("_")

        @_named_like(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if recorder.busy or recorder.full:
                return function(*args, **kwargs)
            with recorder.inside():
                before = self._inputs(args, kwargs) if in_place else None
                result = function(*args, **kwargs)
                changed = args[0] if name == "setitem_" else result
                given = [*map(id, _tensors([args, kwargs], recorder))]
                results = [each for each in _tensors([changed], recorder) if recorder.tracked(each)] if given else []
                if results and (in_place or not any(id(each) in given for each in results)):
                    frame = naming.script_frame(sys._getframe(1), recorder.path)
                    self._note(name, function, args, kwargs, results, reverse, frame, before)
            return result

        return call

    def _inputs(self, args: Any, kwargs: Any) -> list[Value]:
        return [self.recorder.value(each) for each in _tensors([args, kwargs], self.recorder)]

    def _note(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        results: list[Any],
        reverse: bool,
        frame: FrameType | None,
        before: list[Value] | None = None,
    ) -> None:
        recorder = self.recorder
        inputs = before if before is not None else self._inputs(args, kwargs)
        tensors = list(_tensors([args, kwargs], recorder))
        recorder.name_from(frame)
        places = iter(range(len(tensors)))
        slots, named = _with_slots(args, recorder, places), _with_slots(kwargs, recorder, places)
        inputs, operands = [*inputs], []
        if name.rstrip("_") in ARITHMETIC and len(args) in (1, 2) and not kwargs:
            names = naming.operand_names(frame) if frame is not None else ("", "")
            for each, word in zip(slots[::-1] if reverse else slots, names, strict=False):
                if isinstance(each, Slot):
                    operands.append(each)
                elif word and type(each) in (int, float):
                    inputs.append(recorder.named_number(each, word))
                    operands.append(Slot(len(inputs) - 1))
                else:
                    operands.append(each)
        saved, saved_result = (set[int](), False) if name == "grad" else self._saved(tensors, results)
        made = Operation(name, function, slots, named, inputs, operands, [], saved, saved_result)
        recorder.operation(made, results)

    def _saved(self, tensors: list[Any], results: list[Any]) -> tuple[set[int], bool]:
        """Which of the inputs the backward pass will need, and whether it needs the result: what the nodes say."""
        ends = {id(ask(each, "grad_fn")) for each in tensors}
        pending = [ask(results[0], "grad_fn")]
        places, result = set[int](), False
        for node in pending:
            if node is None or id(node) in ends or len(pending) > NODES_SEARCHED:
                continue
            for name, kept in self._kept(node):
                base = ask(kept, "_base")
                found = [
                    place for place, each in enumerate(tensors) if kept is each or (base is not None and base is each)
                ]
                found = found or self._like(kept, name, tensors)
                places |= {*found}
                result |= not found and (name == "_saved_result" or any(kept is each for each in results))
            pending += [each for each, _ in ask(node, "next_functions", ())]
        return places, result

    def _kept(self, node: Any) -> Iterator[tuple[str, Any]]:
        """The tensors that a node keeps, by the names it has for them; a Function of the script has no such names."""
        for name in (each for each in dir(node) if each.startswith("_saved_")):
            yield from ((name, each) for each in _tensors([ask(node, name)], self.recorder))
        yield from (("", each) for each in _tensors([ask(node, "saved_tensors")], self.recorder))

    def _like(self, kept: Any, name: str, tensors: list[Any]) -> list[int]:
        """A saved tensor may be another object than the input that it was: the same numbers in the place of its name."""
        place = {"_saved_self": 0, "_saved_other": 1}.get(name)
        if place is None or place >= len(tensors):
            return []
        snapshots = [self.recorder.snapshot(each) for each in (kept, tensors[place])]
        return [place] if None not in snapshots and snapshots[0] == snapshots[1] else []

    def _applied(self, apply: Any) -> Callable[..., Any]:
        """`apply` of a Function that the script defines."""

        def call(cls: type, *args: Any, **kwargs: Any) -> Any:
            bound = apply.__get__(None, cls)
            return self._observed(cls.__name__, bound, False)(*args, **kwargs)

        return call

    def _backward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self.recorder

        @_named_like(function)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            if recorder.busy:
                return function(tensors, *args, **kwargs)
            with recorder.inside():
                roots = list(_tensors([tensors], recorder))
                return recorder.passing(roots, lambda: function(tensors, *args, **kwargs), sys._getframe(1))

        return backward

    def _grad(self, function: Callable[..., Any]) -> Callable[..., Any]:
        recorder = self.recorder

        @_named_like(function)
        def grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            if recorder.busy:
                return function(outputs, inputs, *args, **kwargs)
            frame = sys._getframe(1)
            with recorder.inside():
                roots = list(_tensors([outputs], recorder))
                found = recorder.passing(roots, lambda: function(outputs, inputs, *args, **kwargs), frame)
                results = [each for each in _tensors([found], recorder) if recorder.tracked(each)]
                if results and not recorder.full:
                    self._note("grad", function, (outputs, inputs), {}, results, False, None)
            return found

        return grad


def _get(getter: Callable[..., Any], cls: type, tensor: Any) -> Any:
    return getter(tensor, cls)


def _named_like(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(watched: Callable[..., Any]) -> Callable[..., Any]:
        with contextlib.suppress(Exception, Unsupported):  # an odd callable
            functools.update_wrapper(watched, function)
        watched.__watched__ = True  # type: ignore[attr-defined]
        return watched

    return wrap


def _tensors(things: Any, recorder: Recorder) -> Iterator[Any]:
    """The tensors in arguments, or in what a call gives: inside lists, tuples and dictionaries, in order."""
    for each in things.values() if isinstance(things, dict) else things:
        if recorder.is_tensor(each):
            yield each
        elif isinstance(each, list | tuple | dict):
            yield from _tensors(each, recorder)


def _with_slots(things: Any, recorder: Recorder, places: Iterator[int]) -> Any:
    """The same arguments, with slots where tensors are, in the order of `_tensors`."""
    if recorder.is_tensor(things):
        return Slot(next(places))
    if isinstance(things, dict):
        return {key: _with_slots(each, recorder, places) for key, each in things.items()}
    if type(things) in (list, tuple):
        return type(things)(_with_slots(each, recorder, places) for each in things)
    return things
