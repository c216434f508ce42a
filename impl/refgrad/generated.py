"""Code that was written by code: compiled once, and kept as Python keeps the code of modules.

The compiled form stands in `__pycache__` behind a hash of the text, so that another text, after a change of the table
say, is never mistaken for it, and takes its place. Where Python is told to write no bytecode, or nobody may write,
nothing is kept.
"""

from __future__ import annotations

import contextlib
import importlib.util
import linecache
import marshal
import os
import sys
from types import CodeType
from typing import Any

PLACE = os.path.join(os.path.dirname(__file__), "__pycache__")


def run(text: str, filename: str, scope: dict[str, Any]) -> None:
    """Run `text` in `scope`. `filename` is what tracebacks call it, such as `<refgrad operator mul>`."""
    exec(compiled(text, filename), scope)
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)


def compiled(text: str, filename: str) -> CodeType:
    """The code of `text`, made or found."""
    name = "_".join(filename.strip("<>").split())
    text_hash = importlib.util.source_hash(text.encode())  # in which Python's version takes part
    path = os.path.join(PLACE, f"{name}.{sys.implementation.cache_tag}.code")
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError), open(path, "rb") as file:
        if file.read(len(text_hash)) == text_hash:
            found = marshal.load(file)
            if isinstance(found, CodeType):
                return found
    code = compile(text, filename, "exec")
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            keep(text_hash + marshal.dumps(code), path)
    return code


def keep(content: bytes, path: str) -> None:
    """Write all or nothing: another process may be about to read the same file, or to write it."""
    os.makedirs(PLACE, exist_ok=True)
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "xb") as file:
        file.write(content)
    os.replace(unfinished, path)
