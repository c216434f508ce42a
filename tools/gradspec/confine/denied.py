"""Libraries that do the work of a submission: in a jail they do not exist, and who asks for one has said so."""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

AUTOGRAD_LIBRARIES = (
    *("torch", "functorch", "torchvision", "jax", "jaxlib", "flax", "tensorflow", "tf_keras", "keras", "cupy"),
    *("autograd", "mygrad", "micrograd", "tinygrad", "refgrad", "aesara", "pytensor", "theano", "mxnet", "paddle"),
    *("chainer", "mindspore", "oneflow", "casadi", "minitorch", "jittor"),
)


class Denial(importlib.abc.MetaPathFinder):
    """Stands before all other finders and notes who is asked for. What the submission itself carries is let through.

    Whoever takes it away has gained nothing: what it denies is not there.
    """

    def __init__(self, names: Sequence[str], root: str) -> None:
        self.names, self.root, self.noted = frozenset(names), Path(root), dict[str, None]()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = fullname.partition(".")[0]
        if name not in self.names or name in sys.modules or self._carried(name):
            return None
        self.noted[name] = None
        raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

    def _carried(self, name: str) -> bool:
        places = {self.root, *(Path(each) for each in sys.path if Path(each).is_relative_to(self.root))}
        return any((place / f"{name}.py").exists() or (place / name).is_dir() for place in places)

    def take(self) -> list[str]:
        """The names that were asked for since this was last called."""
        names, self.noted = list(self.noted), {}
        return names
