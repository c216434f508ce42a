"""Functions of modules that are loaded when they are first asked for."""

from __future__ import annotations

import importlib
from typing import Any


class Elsewhere:
    """The function `name` of `module`, or of a table of functions there. `recorded` is what is called."""

    def __init__(self, module: str, name: str, table: str = "") -> None:
        self.module, self.name, self.table = module, name, table

    @property
    def recorded(self) -> Any:
        module = importlib.import_module(self.module)
        found = getattr(module, self.table)[self.name] if self.table else getattr(module, self.name)
        return getattr(found, "recorded", found)
