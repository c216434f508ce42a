"""Refgrad with a fault in it: the source is changed on its way from the file to the compiler.

The package is either imported so, or it has been imported as it is, and those of its functions that are otherwise get
other code.
"""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from gradspec.faults import Edit, Fault

PACKAGE = "refgrad"


class EditingLoader(importlib.machinery.SourceFileLoader):
    """Compiles a file of the package as `edits` would have it; as it is, it is compiled once in this process."""

    def __init__(self, fullname: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(fullname, path)
        self.edits = edits

    def get_code(self, fullname: str) -> CodeType:
        return changed(Path(self.path), self.edits) if self.edits else compiled(Path(self.path))


@functools.cache
def compiled(path: Path) -> CodeType:
    return compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)


def changed(path: Path, edits: Sequence[Edit]) -> CodeType:
    """The file at `path` compiled as `edits` would have it. Raises ValueError where it is not as they say."""
    text = functools.reduce(edited, edits, path.read_text("utf-8"))
    return compile(text, str(path), "exec", dont_inherit=True)


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
        self.edits = fault.by_file
        sys.dont_write_bytecode = True  # nobody asks again for what the package generates with a fault in it

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        stem = self.root.joinpath(*fullname.split(".")[1:])
        file = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
        edits = self.edits.get(file.relative_to(self.root).as_posix(), [])
        return importlib.util.spec_from_loader(fullname, EditingLoader(fullname, str(file), edits))


Functions = Mapping[int, Sequence[FunctionType]]  # by the id of their code, which stays as long as `compiled` has it


def load_to_exchange() -> ModuleType:
    """The package as it is, such that `exchange` knows its code."""
    sys.meta_path.insert(0, EditingFinder(Fault("", "", "", ()), package_root()))
    return importlib.import_module(PACKAGE)


def loaded_functions() -> Functions:
    """Every function that there is."""
    found = defaultdict[int, list[FunctionType]](list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            found[id(each.__code__)].append(each)
    return found


def exchange(fault: Fault, functions: Functions) -> None:
    """Make `fault` in the package, which is loaded: its functions get the code that they have with it.

    The code of modules and classes is not run again: whoever asks for this knows that it would do the same.
    """
    root = package_root()
    sys.meta_path.insert(0, EditingFinder(fault, root))  # for what is imported only when it is needed
    for file, edits in fault.by_file.items():
        path = root / file
        for ours, theirs in pairs(compiled(path), changed(path, edits)):
            for each in functions.get(id(ours), ()):
                each.__code__ = theirs


def pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions in `before` with those in their places in `after`."""
    for ours, theirs in zip(functions_in(before), functions_in(after), strict=False):
        yield ours, theirs
        yield from pairs(ours, theirs)


def functions_in(code: CodeType) -> list[CodeType]:
    """The functions in `code`, but for those in these."""
    return [each for each in code.co_consts if isinstance(each, CodeType)]


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
