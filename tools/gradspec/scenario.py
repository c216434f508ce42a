"""Scenarios: small programs whose observations are the specification, and where they are found.

This module also runs inside the process that holds the code under test: standard library only.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

CAPABILITIES = {
    "tensor": "tensors with dimensions: nested lists, elementwise arithmetic, sum, mean",
    "broadcasting": "arithmetic between tensors of different shapes",
    "functions": "exp, log, sin, tanh, relu and the like, and further reductions",
    "matmul": "matrix products",
    "indexing": "reading elements and slices",
    "shapes": "reshape, transpose, cat and the like",
    "views": "tensors that share memory",
    "inplace": "in-place operators and index assignment",
    "flags": "requires_grad and is_leaf, and switching them",
    "grad_modes": "no_grad, enable_grad, set_grad_enabled",
    "inference": "inference_mode",
    "detach": "detach",
    "clear_grad": "assigning and zeroing .grad",
    "grad_argument": "backward(gradient=...)",
    "retain_graph": "graphs that are freed by backward, unless retain_graph",
    "partial": "backward(inputs=...)",
    "autograd_grad": "torch.autograd.grad",
    "higher_order": "create_graph",
    "graph": "grad_fn and next_functions",
    "hooks": "hooks on tensors and nodes",
    "saved_tensors": "what nodes save for backward, and hooks on it",
    "custom_function": "torch.autograd.Function",
    "checkpoint": "torch.utils.checkpoint",
    "anomaly": "anomaly detection",
    "functional": "torch.autograd.functional",
    "gradcheck": "torch.autograd.gradcheck and gradgradcheck",
    "dtypes": "dtypes and their promotion",
    "printing": "the printed text of tensors",
    "random": "manual_seed and the random numbers that follow",
    "versions": "version counters",
    "numpy": "interchange with NumPy",
    "nn": "torch.nn: modules, parameters, losses",
    "optim": "torch.optim: optimizers",
    "serialization": "pickle, copy and deepcopy of tensors",
}

LECTURES = "lectures"
_LECTURE = (
    LECTURES,
    "leaves",
    "accumulation",
    "zeroing",
    "single_functions",
    "non_scalar_backward",
    "detach",
    "grad_modes",
)
_OPERATORS = (
    "arithmetic",
    "choices",
    "sorting",
    "special",
    "elementwise",
    "reductions",
    "shapes",
    "rearranging",
    "products",
    "linalg",
    "indexing",
    "scattering",
    "activations",
    "losses",
    "creation",
)
_CORE = (*_LECTURE, "graph_lifetime", "higher_order", "inplace", "broadcasting", "scale", *_OPERATORS)
PROFILES: dict[str, tuple[str, ...] | None] = {"lecture": _LECTURE, "core": _CORE, "full": None}  # None: every chapter


class ScenarioError(Exception):
    """A scenario is written wrongly; the message is one sentence."""


@dataclass(frozen=True)
class Attempt:
    """What a call gave: its value, or the error that it raised."""

    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Scenario:
    """One clause of the specification and the program that shows it."""

    function: Callable[[Any], Iterator[tuple[str, Any]]]
    cites: str
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def path(self) -> Path:
        return _file(self.function.__code__.co_filename)[0]

    @property
    def chapter(self) -> str:
        return _file(self.function.__code__.co_filename)[1]

    @cached_property
    def id(self) -> str:
        return f"{self.chapter}.{self.name}"

    @property
    def line(self) -> int:
        return self.function.__code__.co_firstlineno

    @property
    def clause(self) -> str:
        return " ".join((self.function.__doc__ or "").split())


@functools.cache
def _file(name: str) -> tuple[Path, str]:
    """The file of that name, and the name of its chapter: the same for all that stand in it."""
    path = Path(name)
    return path, path.stem


@dataclass(frozen=True)
class Script:
    """A course script: an ordinary program that says `import torch`; its clause is that it prints the same text.

    Its docstring's first line says what it shows, and a paragraph `From: ...` or `Corrects: ...` which document.
    """

    path: Path
    needs: tuple[str, ...] = ("tensor", "functions", "flags", "printing")
    chapter: str = LECTURES
    line: int = 1

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def id(self) -> str:
        return f"{self.chapter}.{self.name}"

    @cached_property
    def _docstring(self) -> str:
        with contextlib.suppress(SyntaxError):  # running it tells
            return ast.get_docstring(ast.parse(self.path.read_bytes())) or ""
        return ""

    @property
    def clause(self) -> str:
        title = self._docstring.partition("\n")[0]
        return f"{title or self.name} (The script prints the same text, character for character.)"

    @property
    def cites(self) -> str:
        source = re.search(r"^(?:From|Corrects): ([^.:;]+)", self._docstring, re.MULTILINE)
        return " ".join(source[1].split()) if source else "the script itself"


@dataclass(frozen=True)
class Programs:
    """Programs as data, given as JSON: the samples of an operator, or what a fuzzer has found.

    draw: makes the programs when they are asked for; and the witnesses: programs that compute a slope in two ways, which
    are to agree, whatever the oracle says. ignores: the facets in which they need not agree.
    """

    path: Path
    chapter: str
    name: str
    clause: str
    cites: str
    draw: Callable[[], tuple[tuple[bytes, ...], tuple[bytes, ...]]]
    needs: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    line: int = 1

    @property
    def id(self) -> str:
        return f"{self.chapter}.{self.name}"

    @cached_property
    def _drawn(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        return self.draw()

    @property
    def programs(self) -> tuple[bytes, ...]:
        return self._drawn[0]

    @property
    def witnesses(self) -> tuple[bytes, ...]:
        return self._drawn[1]


def ready(*programs: bytes) -> Callable[[], tuple[tuple[bytes, ...], tuple[bytes, ...]]]:
    """For `Programs.draw`, where the programs are known, and have no witness."""
    return lambda: (programs, ())


@dataclass(frozen=True)
class Family:
    """Stands in a chapter for items that are made from data of some `kind`: `gradspec.suite` knows which there are."""

    kind: str


Item = Scenario | Script | Programs


def scenario(*, cites: str, needs: tuple[str, ...] = ()) -> Callable[[Callable[..., Any]], Scenario]:
    """Turn a generator function of `torch` into a scenario.

    `cites` says where its clause comes from; `needs` names the capabilities without which it cannot run.
    Raises ScenarioError for a capability that does not exist, a function that yields nothing, and a name used twice.
    """
    unknown = sorted(set(needs).difference(CAPABILITIES))
    if unknown:
        raise ScenarioError(f"There is no capability {unknown[0]!r}; there are {', '.join(CAPABILITIES)}.")

    def decorate(function: Callable[..., Any]) -> Scenario:
        if not function.__code__.co_flags & inspect.CO_GENERATOR:
            raise ScenarioError(f"The scenario {function.__name__} observes nothing: it has no `yield label, value`.")
        made = Scenario(function, cites, tuple(needs))
        other = function.__globals__.get(made.name)
        if isinstance(other, Scenario):
            raise ScenarioError(f"{made.id} is written twice, in lines {other.line} and {made.line}.")
        return made

    return decorate


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Attempt:
    """Call `function` and give back, as something observable, its value or the error that it raised."""
    try:
        return Attempt(value=function(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 (whatever it raises is what is observed)
        return Attempt(error=error)


def load_chapter(path: Path) -> ModuleType:
    """Import the chapter at `path`, once. Raises ScenarioError where it does not import."""
    name = f"gradspec_chapter_{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        words = str(error) if isinstance(error, ScenarioError) else f"{type(error).__name__}: {error}."
        raise ScenarioError(f"The chapter {path} does not import: {words}") from error
    return module


def scenarios_in(path: Path) -> Mapping[str, Scenario]:
    """The scenarios of the chapter at `path` by name, in the order in which they stand there."""
    return _scenarios_of(load_chapter(path), path)


@functools.cache
def _scenarios_of(chapter: ModuleType, path: Path) -> Mapping[str, Scenario]:
    found = [value for value in vars(chapter).values() if isinstance(value, Scenario)]
    return {each.name: each for each in found if each.function.__code__.co_filename == str(path)}
