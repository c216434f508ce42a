"""Imports refgrad with a fault in it: the source is changed on its way from the file to the compiler."""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from gradspec.faults import Edit, Fault

PACKAGE = "refgrad"


class EditingLoader(importlib.machinery.SourceFileLoader):
    """Compiles a file of the package as `edits` would have it; as it is, it is compiled once in this process."""

    def __init__(self, fullname: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(fullname, path)
        self.edits = edits

    def get_code(self, fullname: str) -> CodeType:
        if not self.edits:
            return compiled(Path(self.path))
        text = Path(self.path).read_text("utf-8")
        for edit in self.edits:
            text = edited(text, edit)
        return compile(text, self.path, "exec", dont_inherit=True)


@functools.cache
def compiled(path: Path) -> CodeType:
    return compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)


def compile_all() -> None:
    """Compile the package: whoever is forked from here for a fault need not."""
    for path in package_root().rglob("*.py"):
        compiled(path)


def package_root() -> Path:
    """Where the package is, which is not imported for that."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


class EditingFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of the package, with what `fault` changes."""

    def __init__(self, fault: Fault, root: Path) -> None:
        self.root = root
        self.edits = {edit.file: [each for each in fault.edits if each.file == edit.file] for edit in fault.edits}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        stem = self.root.joinpath(*fullname.split(".")[1:])
        file = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
        edits = self.edits.get(file.relative_to(self.root).as_posix(), [])
        return importlib.util.spec_from_loader(fullname, EditingLoader(fullname, str(file), edits))


def edited(text: str, edit: Edit) -> str:
    """`text` with the edit made. Raises ValueError where what is to be changed does not stand there exactly once."""
    found = text.count(edit.old)
    if found != 1:
        raise ValueError(f"in {edit.file} there are {found} places, not one, that read {edit.old!r}")
    return text.replace(edit.old, edit.new)


def load_faulty(fault: Fault) -> ModuleType:
    """The package with `fault` in it; it must not have been imported before in this process."""
    sys.meta_path.insert(0, EditingFinder(fault, package_root()))
    return importlib.import_module(PACKAGE)
