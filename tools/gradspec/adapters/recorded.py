"""Tensors for libraries that differentiate functions: each remembers how it was made, so that there is a function.

Every derivative comes from the library, which is handed the recorded function; nothing is differentiated here. What
such libraries have no notion of, gradients that add up from pass to pass and graphs that are freed, is declined.
"""

from __future__ import annotations

import contextlib
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any, ClassVar

from gradspec.adapters import Unsupported
from gradspec.adapters.renaming import IN_PLACE, OPERATORS, Namespace, Renamed, decline_keywords

MORE = ("getitem", "eq", "ne", "lt", "le", "gt", "ge", "abs")
NUMBERS = itertools.count()
Function = Callable[[Any], Any]
Values = dict[int, Any]  # by the number of a tensor


class Recorded(Renamed):
    """A value, and how it was made: None of a leaf, else a function of what is `known` anew, and of the arguments."""

    arrays: ClassVar[tuple[type, ...]]  # the library's
    numpy: ClassVar[Any]  # what of the library follows NumPy
    constant: ClassVar[Any]  # what it has for the same array without its history
    made: Callable[[Values, Values], Any] | None
    parents: tuple[Recorded, ...]
    number: int  # parents have smaller ones
    tracked: bool  # whether it is, or was made from, a leaf that requires grad
    gradient: Recorded | None
    spent: bool  # whether a backward pass went through that did not retain the graph
    shape = property(lambda self: self.value.shape)
    item = property(lambda self: self.value.item)
    tolist = property(lambda self: self.value.tolist)
    grad: Any = property(lambda self: self.gradient)

    def __init__(self, value: Any, made: Any = None, parents: tuple[Recorded, ...] = (), tracked: bool = False) -> None:
        super().__init__(value)
        vars(self).update(made=made, parents=parents, tracked=tracked, number=next(NUMBERS), gradient=None, spent=False)

    def __iter__(self) -> Iterator[Any]:
        return (self.record(operator.getitem, self, i) for i in range(len(self.value)))

    @staticmethod
    def gradient_of(function: Function, argument: Any) -> Any:
        """The library's gradient of a function of one array whose value is one number."""
        raise NotImplementedError

    @staticmethod
    def pull_back(function: Function, argument: Any, upstream: list[Any]) -> Any:
        """The library's vector-Jacobian product of a function of one array whose value is a list of arrays."""
        raise NotImplementedError

    @classmethod
    def record(cls, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        parents = tuple(tensors_in([*args, *keywords.values()]))

        def made(known: Values, arguments: Values) -> Any:
            return function(*filled(args, known), **{name: filled(each, known) for name, each in keywords.items()})

        with declining(cls.library):
            value = made({}, {})
        tracked = any(each.tracked for each in parents)
        if isinstance(value, tuple | list):
            whole = cls(value, made, parents, tracked)
            return tuple(cls.record(operator.getitem, whole, i) for i in range(len(value)))
        return cls(value, made, parents, tracked) if isinstance(value, cls.arrays) else value

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        decline_keywords(self.library, {"inputs": inputs})
        leaves = [each for each in history([self], tracked=True) if each.made is None]
        if not leaves:
            raise Unsupported(f"{self.library} differentiates with respect to something, and nothing requires grad")
        if any(each.gradient is not None for each in leaves):
            raise Unsupported(f"{self.library} keeps no gradients to which others could be added")
        gradients = self.differentiate([self], leaves, gradient, retain_graph, create_graph)
        for each, found in zip(leaves, gradients, strict=True):
            vars(each)["gradient"] = found

    def detach(self) -> Recorded:
        found: Recorded = self.record(type(self).constant, self)
        vars(found)["tracked"] = False
        return found

    @classmethod
    def wrap(cls, result: Any) -> Any:
        return result

    @classmethod
    def leaf(cls, value: Any, requires_grad: bool = False, **keywords: Any) -> Recorded:
        decline_keywords(cls.library, keywords)
        if value.dtype.kind not in "biufc":
            raise Unsupported(f"{cls.library} differentiates nothing but numbers")
        return cls(value, tracked=requires_grad)

    @classmethod
    def differentiate(
        cls,
        outputs: Any,
        inputs: Any,
        grad_outputs: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        allow_unused: bool | None = None,
        materialize_grads: bool = False,
        **keywords: Any,
    ) -> tuple[Any, ...]:
        """As `torch.autograd.grad`; where an output does not depend on an input, the library decides what comes."""
        decline_keywords(cls.library, keywords)
        of, by = listed(outputs), listed(inputs)
        upstream = None if grad_outputs is None else listed(grad_outputs)
        several = [of, by] if upstream is None else [of, by, upstream]
        if not all(each and all(isinstance(tensor, Recorded) for tensor in each) for each in several):
            raise Unsupported(f"{cls.library} differentiates nothing but arrays")
        if upstream is not None and len(upstream) != len(of):
            raise Unsupported(f"{cls.library} takes a gradient for each output")
        if not all(each.tracked for each in [*of, *by]):
            raise Unsupported(f"{cls.library} has nothing like tensors that do not require grad")
        handed_on = [g for g, each in zip(upstream or (), of, strict=False) if any(each is x for x in by)]
        if any(each.tracked and each.shape == of[0].shape for each in handed_on):
            raise Unsupported(f"{cls.library} has nothing like a gradient that is the very tensor that was given")
        nodes = history(of, tracked=True)
        if materialize_grads and allow_unused is False:
            raise Unsupported(f"{cls.library} has nothing like allow_unused=False")
        if any(each.spent for each in nodes):
            raise Unsupported(f"{cls.library} frees no graph")
        found = tuple(cls._derivative(of, each, upstream, create_graph) for each in by)
        if allow_unused and not materialize_grads and not all(each.value.any() for each in found):
            raise Unsupported(f"{cls.library} does not tell a gradient of zeros from none")
        for each in nodes if not (create_graph if retain_graph is None else retain_graph) else ():
            vars(each)["spent"] = each.made is not None
        return found

    @classmethod
    def _derivative(cls, of: list[Recorded], by: Recorded, upstream: Any, create_graph: bool) -> Recorded:
        """A derivative, recorded itself if that is asked for: as a function of all that it was computed from."""

        def made(known: Values, arguments: Values) -> Any:
            start = by.value if by.made is None else cls.numpy.zeros_like(by.value)
            argument = arguments.get(by.number, start)

            def function(x: Any) -> list[Any]:
                return evaluate(of, arguments | {by.number: x})

            if upstream is None:
                return cls.gradient_of(lambda x: reduce(operator.add, function(x)), argument)
            return cls.pull_back(function, argument, filled(upstream, known))

        with declining(cls.library):
            value = made({}, {})
        return cls(value, made, (*of, *(upstream or ())), tracked=True) if create_graph else cls(value)


def evaluate(results: list[Recorded], arguments: Values) -> list[Any]:
    """What the recorded functions make of other `arguments`: of a leaf its value, of other tensors what is added."""
    known: Values = {}
    for each in history(results):
        given = each.number in arguments
        if each.made is None:
            if given:
                known[each.number] = arguments[each.number]
        elif given or any(parent.number in known for parent in each.parents):
            value = each.made(known, arguments)
            known[each.number] = value + arguments[each.number] if given else value
    return [known.get(each.number, each.value) for each in results]


def history(results: Sequence[Recorded], tracked: bool = False) -> list[Recorded]:
    """`results` and all that they were made from, the oldest first. tracked: as far as a leaf requires grad."""
    found = {each.number: each for each in results}
    waiting = list(found.values())
    while waiting:
        for parent in waiting.pop().parents:
            if parent.number not in found and (parent.tracked or not tracked):
                found[parent.number] = parent
                waiting.append(parent)
    return [found[number] for number in sorted(found) if found[number].tracked or not tracked]


def tensors_in(value: Any) -> Iterator[Recorded]:
    if isinstance(value, Recorded):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from tensors_in(each)


def filled(value: Any, known: Values) -> Any:
    """`value` with arrays in the place of tensors: what is known anew of them, else their own."""
    if isinstance(value, tuple | list):
        return type(value)(filled(each, known) for each in value)
    return known.get(value.number, value.value) if isinstance(value, Recorded) else value


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]


@contextlib.contextmanager
def declining(library: str) -> Iterator[None]:
    """Take the library's word for it where it says that something is not implemented."""
    try:
        yield
    except NotImplementedError as error:
        raise Unsupported(f"{library}: {error}") from error


def together(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sizes that are given one by one, or as one tuple or list."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes


def namespace(tensor: type[Recorded], functions: dict[str, Callable[..., Any]], **more: Any) -> Namespace:
    """The module torch, of functions of arrays; those that have a tensor for their first argument are its methods, too."""
    for name, each in functions.items():
        setattr(tensor, name, _method(each))
    np = tensor.numpy
    names = {
        "Tensor": tensor,
        "autograd": Namespace(tensor.library, grad=tensor.differentiate),
        "tensor": lambda data, **keywords: tensor.leaf(np.array(data), **keywords),
        "zeros": lambda *size, **keywords: tensor.leaf(np.zeros(together(size)), **keywords),
        "ones": lambda *size, **keywords: tensor.leaf(np.ones(together(size)), **keywords),
    }
    return Namespace(tensor.library, **names, **recording(tensor, functions), **more)


def recording(tensor: type[Recorded], functions: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Functions of arrays as functions of tensors."""
    return {name: partial(tensor.record, each) for name, each in functions.items()}


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **keywords: self.record(function, self, *args, **keywords)


def _declined(name: str) -> Callable[..., Any]:
    def method(self: Recorded, *args: Any) -> Any:
        raise Unsupported(f"{self.library} changes no array in place")

    return method


for _name in (*OPERATORS, *MORE):
    _reflected = _name.startswith("r")
    _function = getattr(operator, f"__{_name[1:] if _reflected else _name}__")
    if _reflected:
        _function = partial(lambda function, x, y: function(y, x), _function)
    setattr(Recorded, f"__{_name}__", _method(_function))
for _name, _spelled in IN_PLACE.items():
    setattr(Recorded, f"__{_name}__", _declined(_name))
    if _spelled:
        setattr(Recorded, _spelled, _declined(_spelled))
