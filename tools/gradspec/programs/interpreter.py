"""Runs programs with the code under test and writes down what each statement left behind.

Runs in the worker: standard library only. A program arrives as the JSON that `gradspec.programs.program` declares.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.observe import encode, encode_warning, fresh_warnings
from gradspec.programs import custom
from gradspec.scenario import attempt

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "//": operator.floordiv, "%": operator.mod, "@": operator.matmul, "neg": operator.neg, "abs": abs,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "~": operator.invert,
    "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "**=": operator.ipow,
}  # fmt: skip
UNPACKED = ("autograd.grad",)  # what it gives back is a tuple even where there is one name for it
FINAL = "at the end"  # what the labels of the last observations begin with
NUMBERS = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def symbol_is_in_place(symbol: str) -> bool:
    return symbol.endswith("=") and symbol not in ("==", "!=", "<=", ">=")


def nested(values: list[Any], shape: list[int]) -> Any:
    """`values`, in row-major order, as lists within lists."""
    for size in reversed(shape[1:]):
        values = [values[i : i + size] for i in range(0, len(values), size)]
    return values if shape else values[0]


class Interpreter:
    """One implementation, and the names that it has been asked for so far."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.torch = adapter.torch
        self.offer(None)
        self.functions: dict[str, Any] = {}
        self.custom: dict[str, Any] = {}
        self.names: dict[str, Any] = {}
        self.log: list[str] = []  # which hooks were called

    def offer(self, capabilities: list[str] | None) -> None:
        """Ask for no more than these capabilities; None: for all that the adapter claims."""
        offered = self.adapter.capabilities if capabilities is None else self.adapter.capabilities & set(capabilities)
        self.versions, self.dtypes = "versions" in offered, "dtypes" in offered

    def run(
        self,
        program: dict[str, Any],
        brief: bool = False,
        offered: list[str] | None = None,
        goes_on: bool = False,
        last: int = 0,
    ) -> list[dict[str, Any]]:
        """The observations of `program`: one a statement, then what became of each name.

        brief: without what is known beforehand, the leaves, and without the last part. offered: see `offer`.
        goes_on: whether it follows another program of the same item, and so needs the generator's seed alone.
        last: how many statements are observed, counted from the end; 0: all.
        """
        self.brief = brief
        self.unseen = len(program["statements"]) - last if last else 0
        self.offer(offered)
        self.names, self.log = {}, []
        self.observations: list[dict[str, Any]] = []
        with fresh_warnings(self.torch, seeds=goes_on) as self.caught:
            try:
                self.body(program["statements"], "")
            finally:
                self.caught.clear()
            if not brief:
                self.conclude()
        observations, self.names = self.observations, {}
        return observations

    def body(self, statements: list[dict[str, Any]], prefix: str) -> None:
        for number, statement in enumerate(statements, 1):
            label = f"{prefix}{number}"
            made = attempt(getattr(self, statement["do"]), statement, label)
            if isinstance(made.error, Unsupported) and self.adapter.may_decline:
                raise made.error
            if not (self.brief and statement["do"] == "leaf") and (prefix or number > self.unseen):
                self.observe(label, encode(made, self.adapter))

    def observe(self, label: str, value: dict[str, Any]) -> None:
        if value["kind"] == "other":  # the handle of a hook, say: that it is one
            value = {"kind": "text", "value": value["type"]}
        observation: dict[str, Any] = {"label": label, "value": value}
        if self.caught:
            observation["warnings"] = [encode_warning(each) for each in self.caught]
            self.caught.clear()
        self.observations.append(observation)

    def conclude(self) -> None:
        """Observe every name: itself, its gradient, its version."""
        for name, value in self.names.items():
            self.observe(f"{FINAL}: {name}", encode(value, self.adapter))
            gradient = attempt(getattr, value, "grad", None)
            self.caught.clear()  # reading the gradient of what is no leaf warns, and that is not what the program did
            if gradient.value is not None or gradient.error is not None:
                self.observe(f"{FINAL}: {name}.grad", encode(gradient, self.adapter))
            if self.versions:
                with contextlib.suppress(Exception):
                    self.observe(f"{FINAL}: {name}._version", encode(value._version, self.adapter))
        if self.log:
            self.observe(f"{FINAL}: hooks", encode(self.log, self.adapter))

    # -- statements: each takes itself and its label, and gives back what is observed

    def leaf(self, statement: dict[str, Any], label: str) -> Any:
        values, shape = statement["values"], statement["shape"]
        kwargs: dict[str, Any] = {"requires_grad": True} if statement["requires_grad"] else {}
        if self.dtypes:
            kwargs["dtype"] = self.function(statement["dtype"])
        if 0 in shape:  # no nesting of lists has such a shape
            return self.bind(statement["to"], self.torch.zeros(shape, **kwargs))
        if statement["dtype"].startswith("complex"):
            values = [complex(*each) for each in values]
        return self.bind(statement["to"], self.torch.tensor(nested(values, shape), **kwargs))

    def call(self, statement: dict[str, Any], label: str) -> Any:
        form, name = statement.get("form", "function"), statement["name"]
        args = [self.value(each) for each in statement.get("args", ())]
        kwargs = {key: self.value(each) for key, each in statement.get("kwargs", {}).items()}
        if form == "method":
            result = getattr(args[0], name)(*args[1:], **kwargs)
        elif form == "operator":
            result = OPERATORS[name](*args)
        elif form == "custom":
            result = self.custom_function(name).apply(*args)
        else:
            result = self.function(name)(*args, **kwargs)
        to = statement.get("to", ())
        if len(to) == 1 and name not in UNPACKED:
            self.names[to[0]] = result
        elif to:
            for each, part in zip(to, result, strict=True):
                self.names[each] = part
        return result

    def get(self, statement: dict[str, Any], label: str) -> Any:
        return self.bind(statement["to"], getattr(self.names[statement["of"]], statement["attribute"]))

    def put(self, statement: dict[str, Any], label: str) -> None:
        setattr(self.names[statement["of"]], statement["attribute"], self.value(statement["value"]))

    def index(self, statement: dict[str, Any], label: str) -> Any:
        return self.bind(statement["to"], self.names[statement["of"]][self.value(statement["index"])])

    def assign(self, statement: dict[str, Any], label: str) -> Any:
        changed = self.names[statement["of"]]
        changed[self.value(statement["index"])] = self.value(statement["value"])
        return changed

    def delete(self, statement: dict[str, Any], label: str) -> None:
        del self.names[statement["name"]]

    def block(self, statement: dict[str, Any], label: str) -> None:
        with getattr(self.torch, statement["mode"])():
            self.body(statement["body"], f"{label}.")

    # -- what statements name

    def bind(self, name: str, value: Any) -> Any:
        self.names[name] = value
        return value

    def function(self, path: str) -> Any:
        found = self.functions.get(path)
        if found is None:
            found = self.torch
            for part in path.split("."):
                found = getattr(found, part)
            self.functions[path] = found
        return found

    def custom_function(self, name: str) -> Any:
        if not self.custom:
            self.custom = custom.define(self.torch)
        return self.custom[name]

    def value(self, argument: Any) -> Any:
        return KINDS[argument["is"]](self, argument) if isinstance(argument, dict) else argument

    def hook(self, argument: dict[str, Any]) -> Callable[..., Any]:
        name, gives = argument["name"], argument["gives"]

        def hook(*gradient: Any) -> Any:
            self.log.append(name)
            return GIVES[gives](self.torch, gradient[0]) if gradient else None

        return hook


GIVES: dict[str, Callable[[Any, Any], Any]] = {
    "nothing": lambda torch, g: None,
    "same": lambda torch, g: g,
    "scale": lambda torch, g: g * 3,
    "ones": lambda torch, g: torch.ones_like(g),
    "sum": lambda torch, g: g.sum(),
}
KINDS: dict[str, Callable[[Interpreter, dict[str, Any]], Any]] = {
    "name": lambda it, a: it.names[a["name"]],
    "slice": lambda it, a: slice(a["start"], a["stop"], a["step"]),
    "ellipsis": lambda it, a: ...,
    "constant": lambda it, a: NUMBERS[a["name"]] if a["name"] in NUMBERS else it.function(a["name"]),
    "tuple": lambda it, a: tuple(it.value(each) for each in a["items"]),
    "list": lambda it, a: [it.value(each) for each in a["items"]],
    "hook": Interpreter.hook,
}
