"""The module torch for objects that know their gradients, from their phrases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.general import objects, words
from gradspec.adapters.general.objects import Clothed, Gradient
from gradspec.adapters.general.phrases import Phrases, Voice, tried
from gradspec.adapters.general.replayed import Replayed, clothe_functions
from gradspec.adapters.recorded import together
from gradspec.adapters.renaming import Namespace, decline_keywords

PLAIN_SHAPES: dict[str, Callable[..., Any]] = {
    "reshape": lambda array, *shape: array.reshape(together(shape)),
    "t": lambda array: array.T,
    "flatten": lambda array: array.ravel(),
}


def adapter_of(name: str, book: Phrases, voice: Voice) -> Adapter:
    """The adapter of code that is spoken to by `book` among the names of `voice`."""
    return Adapter(
        name=name,
        torch=clothe_functions(name, book, voice) if book.slope else clothe_objects(name, book, voice),
        capabilities=frozenset(book.capabilities),
        facets=BASIC_FACETS | ({"shape"} if book.numbers else set()),
        describe=describe,
        version=str(voice.names.get("__version__", "")),
        reading=book.sentence(),
    )


def describe(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Replayed):
        array = np.asarray(value.value, dtype=float)
        return {"values": array.ravel().tolist(), "shape": list(array.shape)}
    return objects.describe(value)


def clothe_objects(name: str, book: Phrases, voice: Voice) -> Namespace:
    nodes = tuple(voice.say(each) for each in book.nodes)
    known = {"book": book, "voice": voice, "nodes": nodes, "library": name}
    tensor: type[Clothed] = type("Tensor", (Clothed,), known)
    tensor.tensors = tensor
    tensor.gradients = type("Gradient", (Gradient, tensor), {})
    functions = {key: function(tensor, key) for key in (*PLAIN_SHAPES, *book.functions) if ":" not in key}
    for key, each in functions.items():
        setattr(tensor, key, each)
    if "t" in functions:
        functions["transpose"] = transpose
        tensor.transpose, tensor.T = transpose, property(functions["t"])  # type: ignore[attr-defined]

    def leaf(data: Any, *, requires_grad: bool = False, **keywords: Any) -> Clothed:
        decline_keywords(name, keywords)
        if isinstance(data, Clothed) or np.array(data).dtype.kind not in "biuf":
            raise Unsupported(f"{name} is made from numbers alone")
        return tensor.leaf(data, requires_grad)

    def filled(value: float) -> Callable[..., Clothed]:
        return lambda *size, **keywords: leaf(nested(np.full(together(size), value)), **keywords)

    names: dict[str, Any] = {"tensor": leaf, "zeros": filled(0.0), "ones": filled(1.0), "Tensor": tensor}
    if "tensor" in book.capabilities:
        names |= constants(tensor)
    if book.no_grad:
        names["no_grad"] = lambda *decorated: entered(tensor, *decorated)
    if book.derivative:
        names["autograd"] = Namespace(name, grad=lambda *args, **keywords: differentiate(tensor, *args, **keywords))
    if book.fresh:  # every scenario begins with a seed, and so with a new tape
        names["manual_seed"] = lambda seed: voice.say(book.fresh)
    activations = {key: functions[key] for key in ("relu", "sigmoid", "softmax", "log_softmax") if key in functions}
    nn = Namespace(name, functional=Namespace(name, **activations))
    return Namespace(name, **functions, **names, nn=nn)


def entered(tensor: type[Clothed], *decorated: Any) -> Any:
    if decorated:
        raise Unsupported(f"{tensor.library} has no no_grad without parentheses")
    return tensor.voice.say(tensor.book.no_grad)


def constants(tensor: type[Clothed]) -> dict[str, Callable[..., Clothed]]:
    """Numbers that scenarios calculate with; they become objects of the code when they meet one."""
    makers: dict[str, Callable[..., Any]] = {
        "arange": lambda *bounds: np.arange(*map(float, bounds)),
        "linspace": np.linspace,
        "full": lambda size, value: np.full(size, float(value)),
        "zeros_like": lambda input: np.zeros(input.shape),
        "ones_like": lambda input: np.ones(input.shape),
    }

    def constant(make: Callable[..., Any], *args: Any, **keywords: Any) -> Clothed:
        decline_keywords(tensor.library, keywords)
        ran, made = tried(make, *args)
        if not ran or not made.size:
            raise Unsupported(f"{tensor.library} has nothing to say to such numbers")
        return tensor(made)

    return {name: partial(constant, make) for name, make in makers.items()}


def nested(array: np.ndarray[Any, Any]) -> Any:
    if 0 in array.shape[:-1]:
        raise Unsupported("no nesting of lists has such a shape")
    return array.tolist()


def function(tensor: type[Clothed], name: str) -> Callable[..., Any]:
    """A function of torch's name and arguments that says the phrase of that name; other arguments it declines."""
    book, voice = tensor.book, tensor.voice

    def call(input: Any, *others: Any, dim: Any = None, keepdim: bool = False, **keywords: Any) -> Any:
        decline_keywords(tensor.library, keywords)
        given: dict[str, Any] = {}
        if isinstance(input, Clothed) and isinstance(input.value, np.ndarray) and name in PLAIN_SHAPES:
            return tensor(PLAIN_SHAPES[name](input.value, *others))
        if name == "reshape":
            given = {"shape": together(others)}
        elif name in words.BINARY or name == "matmul":
            if len(others) != 1:
                raise Unsupported(f"{tensor.library} has nothing like these arguments of {name}")
            given = {"y": lifted(others[0])}
        elif name in words.REDUCTIONS and others:
            dim, keepdim = others[0], others[1] if len(others) > 1 else keepdim
        elif others:
            raise Unsupported(f"{tensor.library} has nothing like these arguments of {name}")
        key = name + (":dim" if dim is not None else "") + (",keepdim" if keepdim else "")
        if name not in book.functions:
            raise Unsupported(f"{tensor.library} has nothing like torch.{name}")
        if key not in book.functions:
            raise Unsupported(f"{tensor.library} has no {name} along a dimension like this")
        if dim is not None:
            given["dim"] = tuple(dim) if isinstance(dim, list) else dim
        if keepdim:
            given["keepdim"] = keepdim
        return tensor.wrap(voice.say(book.functions[key], x=lifted(input), **given), input, *others)

    def lifted(value: Any) -> Any:
        return tensor.lift(value.value if isinstance(value, Clothed) else value)

    return call


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    if len(input.shape) != 2 or {dim0 % 2, dim1 % 2} != {0, 1}:
        raise Unsupported(f"{input.library} transposes matrices alone")
    return input.t()


def differentiate(tensor: type[Clothed], outputs: Any, inputs: Any, *others: Any, **keywords: Any) -> tuple[Any, ...]:
    """As `torch.autograd.grad` of one output."""
    decline_keywords(tensor.library, keywords)
    of = list(outputs) if isinstance(outputs, tuple | list) else [outputs]
    by = list(inputs) if isinstance(inputs, tuple | list) else [inputs]
    if others or len(of) != 1 or not all(isinstance(each, Clothed) and tensor.own(each.value) for each in [*of, *by]):
        raise Unsupported(f"{tensor.library} differentiates one object of its own")
    if any(each.wanted and all(each is not leaf for leaf in of[0].leaves) for each in by):
        raise Unsupported(f"{tensor.library} does not tell a gradient of zeros from none")
    return tuple(tensor.wrap(each) for each in of[0].derivatives(by))
