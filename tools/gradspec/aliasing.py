"""Another library under the name `torch`, so that a script which says `import torch` runs on it unmodified.

Standard library only: this runs in the process that holds the code under test.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

NAME = "torch"


class _Namespace(ModuleType):
    """An object that is no module, in the shape that `import torch.nn.functional` asks for."""

    def __init__(self, name: str, target: Any) -> None:
        super().__init__(name)
        self.__dict__.update(__path__=[], _target=target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_target"], name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Maps `torch` to a namespace, and `torch.x.y` to its submodule or attribute x.y."""

    def __init__(self, namespace: Any) -> None:
        self.namespace = namespace

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != NAME and not fullname.startswith(NAME + "."):
            return None
        found = self.resolve(fullname)
        return None if found is None else importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def resolve(self, fullname: str) -> Any | None:
        found = self.namespace
        for part in fullname.split(".")[1:]:
            found = _submodule(found, part)
            if found is None:
                return None
        return found

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        found = self.resolve(module.__name__)
        is_package = isinstance(found, ModuleType) and hasattr(found, "__path__")
        sys.modules[module.__name__] = found if is_package else _Namespace(module.__name__, found)  # type: ignore[assignment]


def _submodule(namespace: Any, name: str) -> Any | None:
    if isinstance(namespace, ModuleType) and hasattr(namespace, "__path__"):
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.import_module(f"{namespace.__name__}.{name}")
    return getattr(namespace, name, None)


@contextlib.contextmanager
def aliased(namespace: Any) -> Iterator[None]:
    """While this lasts, `import torch` gives `namespace`. Torch itself is left alone."""
    if isinstance(namespace, ModuleType) and namespace.__name__ == NAME:
        yield
        return
    finder = _Finder(namespace)
    hidden = _take_torch_out()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _take_torch_out()
        sys.modules.update(hidden)


def _take_torch_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == NAME or name.startswith(NAME + ".")]
    return {name: sys.modules.pop(name) for name in names}
