"""From an implementation's name to its adapter: a module, a file, a directory, `file.py:NAME`, or a known library."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from gradspec.adapters import BASIC_FACETS, FACETS, INSTALLED_BY, KNOWN, Adapter
from gradspec.adapters.torch_like import is_torch_like, torch_like
from gradspec.faults import PREFIX, NoSuchFaultError
from gradspec.faults import find as find_fault
from gradspec.scenario import CAPABILITIES


class LoadingError(Exception):
    """An implementation cannot be loaded; the message is one sentence."""


def load(implementation: str) -> Adapter:
    """The adapter of `implementation`. Raises LoadingError with one sentence that says what is wrong."""
    if implementation.startswith(PREFIX):
        adapter: Adapter = torch_like(implementation, _importing(implementation, lambda: _faulty(implementation)))
    elif implementation in KNOWN:
        adapter = _importing(implementation, lambda: importlib.import_module(KNOWN[implementation]).adapter())
    else:
        adapter = _adapt(implementation, find(implementation))
    unknown = sorted((adapter.capabilities - set(CAPABILITIES)) | (adapter.facets - set(FACETS)))
    if unknown:
        raise LoadingError(f"The adapter of {implementation} claims {unknown[0]!r}, which is no capability or facet.")
    if not adapter.facets >= BASIC_FACETS:
        raise LoadingError(
            f"The adapter of {implementation} lacks a facet that all have: {', '.join(sorted(BASIC_FACETS))}."
        )
    return adapter


def is_known(implementation: str) -> bool:
    """Whether nothing has to be found out of it: the name says it all."""
    return implementation in KNOWN or implementation.startswith(PREFIX)


def find(implementation: str) -> Any:
    """The module, or the object in one, that `implementation` names. Raises LoadingError as `load` does."""
    return _importing(implementation, lambda: _find(implementation))


def _faulty(implementation: str) -> ModuleType:
    from gradspec.faults.loading import load_faulty  # which others need not wait for

    try:
        return load_faulty(find_fault(implementation.removeprefix(PREFIX)))
    except NoSuchFaultError as error:
        raise LoadingError(str(error)) from None


def is_path(implementation: str) -> bool:
    """Whether `implementation` names a file or a directory rather than a module."""
    path = implementation.partition(".py:")[0]
    return path != implementation or path.endswith(".py") or "/" in path or (path == ".")


def file_and_name(implementation: str) -> tuple[Path, str]:
    """The path in `implementation` and the object's name behind the colon, which may be empty."""
    stem, colon, name = implementation.partition(".py:")
    return (Path(stem + ".py"), name) if colon else (Path(implementation), "")


def _find(implementation: str) -> Any:
    if not implementation.strip():
        raise LoadingError("An implementation has a name: a module, a file, a directory, or FILE.py:NAME.")
    if not is_path(implementation):
        with contextlib.suppress(FileNotFoundError):  # the directory may be gone
            sys.path.append(str(Path.cwd()))  # last, so that nothing in the working directory hides an installed module
        return importlib.import_module(implementation)
    path, name = file_and_name(implementation)
    if not path.exists():
        raise LoadingError(f"The implementation {path} does not exist.")
    if path.is_dir() and not (path / "__init__.py").exists():
        raise LoadingError(f"The directory {path} is no package: it has no __init__.py.")
    module = _import_path(path.resolve())
    if not name:
        return module
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise LoadingError(f"There is no {name!r} in {path}.")
    return found


def _import_path(path: Path) -> ModuleType:
    sys.path.insert(0, str(path.parent))  # a file may import its neighbours
    name = path.stem
    if name in sys.modules or name in sys.stdlib_module_names:
        name = f"implementation_{name}"
    start = path / "__init__.py" if path.is_dir() else path
    spec = importlib.util.spec_from_file_location(name, start)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _importing(implementation: str, action: Any) -> Any:
    """What `action` gives, its errors turned into one sentence."""
    try:
        return action()
    except (LoadingError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 (foreign code may raise anything)
        if isinstance(error, ModuleNotFoundError) and error.name == implementation:
            reason = "does not exist: there is no module, file or adapter of that name"
            if implementation in INSTALLED_BY:
                reason = f"is not installed: `pip install {INSTALLED_BY[implementation]}` brings it"
            raise LoadingError(f"The implementation {implementation} {reason}.") from None
        raise LoadingError(f"{implementation} does not import: {_last_line(error)}{_where(error)}.") from None


def _last_line(error: BaseException) -> str:
    """Its type and its message, which may have several lines, as one."""
    return " ".join(traceback.format_exception_only(error)[-1].split()).rstrip(".")


def _where(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    frames = [
        each
        for each in traceback.extract_tb(error.__traceback__)
        if not each.filename.startswith("<frozen") and each.filename != __file__
    ]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _adapt(implementation: str, found: Any) -> Adapter:
    if isinstance(found, Adapter):
        return found
    if is_torch_like(found):
        return torch_like(implementation, found)
    from gradspec.adapters.general import UnrecognisedError, general  # most that is run has no need of it

    try:
        return general(implementation, found)
    except UnrecognisedError as reason:
        if hasattr(found, "tensor"):
            return torch_like(implementation, found)
        raise LoadingError(
            f"{implementation} has no `tensor`, and cannot be read as teaching code: {reason}; "
            f"`gradspec adapt {implementation}` says what was looked at."
        ) from None
