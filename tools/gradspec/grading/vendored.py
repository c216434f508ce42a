"""Whether a submission imports, or carries along, a library that does its work for it."""

from __future__ import annotations

import ast
import base64
import binascii
import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path, PurePosixPath

import msgspec

from gradspec.grading.fingerprints import fingerprints
from gradspec.grading.libraries import LIBRARIES
from gradspec.grading.unpacking import MOST_SOURCE

DATA = Path(__file__).resolve().parent / "fingerprints.json"

# A copy is either a good part of the submission or a lot of code. Independent libraries of any size share at most 0.3 %
# of their fingerprints, and no more than 30; a copied heart of an autograd, a hundred lines, is 100 of them.
LEAST_SHARED, LEAST_SHARE = 100, 0.1
SHARED_IN_ANY_CASE = 400
# micrograd is so small that lectures have it typed in: only the whole of it, with its own names, is a copy.
WHOLE = 0.9

TEST = re.compile(r"(test_.*|.*_test|conftest)\.py")
# What cannot be looked through: data in the source, in bytes and as a share of it. Of what people write a tenth is text.
MOST_DATA, MOST_DATA_SHARE, NUMBER_SIZE = 24 << 10, 1 / 3, 2
LARGEST, LONG, LAYERS, MOST_OPENED = MOST_SOURCE, 2000, 4, 40  # bytes of a source; characters of a text worth a look


@dataclass(frozen=True)
class Found:
    """A library in a submission, and the sentence that says where."""

    library: str
    reason: str


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A library's fingerprints: those that are divisible by `every`, 32 bits each, in order; `named` where names count."""

    version: str
    fingerprints: str  # base64, little-endian
    every: int = 1
    named: bool = False

    def numbers(self) -> frozenset[int]:
        data = base64.b64decode(self.fingerprints)
        return frozenset(int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4))


@cache
def known() -> dict[str, Known]:
    """What is known of libraries, by name."""
    return msgspec.json.decode(DATA.read_bytes(), type=dict[str, Known])


@cache
def _numbers(library: str) -> frozenset[int]:
    return known()[library].numbers()


def find_library(root: Path, files: Iterable[str], forbid: Sequence[str]) -> Found | None:
    """The first library of `forbid` that one of `files`, paths below `root`, imports when it is loaded or is made of."""
    if not forbid:
        return None
    trees = {
        each: tree for each in sorted(files) if each.endswith(".py") and (tree := _parsed((root / each).read_bytes()))
    }
    return _imported(trees, forbid) or _carried(root, sorted(files), trees, forbid) or _opaque(root, trees)


def _parsed(source: bytes | str) -> ast.Module | None:
    try:
        return ast.parse(source) if len(source) <= LARGEST else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


# Imports. What stands in a function is the jail's to deny: a function may be there to be run at home.


def _imported(trees: Mapping[str, ast.Module], forbid: Sequence[str]) -> Found | None:
    modules = {module: library for library in forbid for module in LIBRARIES[library]}
    own = {part for path in trees for part in PurePosixPath(path).with_suffix("").parts}
    for path, tree in trees.items():
        if TEST.fullmatch(PurePosixPath(path).name) or "tests" in PurePosixPath(path).parts:
            continue
        for line, module in imports_at_load(tree):
            name = module.partition(".")[0]
            if name in modules and name not in own:
                return Found(modules[name], f"{path}, line {line}, imports {module}, which is not to be used.")
    return None


def imports_at_load(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The absolute imports that run when a module is loaded, with their lines; not those of `if __name__ == ...`."""
    pending: list[ast.AST] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, each.name) for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if _imports(function):
                yield node.lineno, module
        pending += reversed(list(_running(node)))


def _imports(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in ("__import__", "import_module")


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below `node` that run when it does."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (*node.decorator_list, *node.args.defaults)
        case ast.Lambda():
            yield from node.args.defaults
        case ast.If(test=test) if _never_holds(test):
            yield from node.orelse
        case _:
            yield from ast.iter_child_nodes(node)


def _never_holds(test: ast.expr) -> bool:
    """Whether it asks for being run as a script, or by a type checker."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
        case ast.Compare(left=ast.Constant(value="__main__"), ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]):
            return True
    return False


# Copies.


def _carried(root: Path, files: Sequence[str], trees: Mapping[str, ast.Module], forbid: Sequence[str]) -> Found | None:
    sources = {**trees, **dict(_hidden(root, files, trees))}
    for named in (False, True):
        prints = {path: fingerprints(tree, named=named) for path, tree in sources.items()}
        whole = union(prints.values())
        for library in forbid:
            data = known().get(library)
            if data is not None and data.named == named and is_copy(data, _numbers(library), whole):
                return Found(library, _reason(library, prints, _numbers(library)))
    return None


def _opaque(root: Path, trees: Mapping[str, ast.Module]) -> Found | None:
    """Python that is data for the most part: whatever it is the code of, nobody could see."""
    for path, tree in trees.items():
        size = sum(map(_data, ast.walk(tree)))
        if size > MOST_DATA and size > MOST_DATA_SHARE * (root / path).stat().st_size:
            return Found(
                "unknown", f"{path} holds {size >> 10} KB of data, which cannot be looked through as code can."
            )
    return None


def _data(node: ast.AST) -> int:
    """Bytes of data that `node` adds; a text that stands for itself explains something."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return -len(text)
        case ast.Constant(value=str(data) | bytes(data)):
            return len(data)
        case ast.Constant():
            return NUMBER_SIZE
    return 0


def union(prints: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*prints)


def is_copy(data: Known, numbers: frozenset[int], prints: frozenset[int]) -> bool:
    """Whether code with the fingerprints `prints` is a copy of the library with those of `data`, decoded as `numbers`."""
    shared = data.every * len(numbers & prints)
    if data.named:
        return shared >= WHOLE * len(numbers)
    return shared >= SHARED_IN_ANY_CASE or (shared >= LEAST_SHARED and shared >= LEAST_SHARE * len(prints))


def _reason(library: str, prints: Mapping[str, frozenset[int]], numbers: frozenset[int]) -> str:
    """Where the copy is: the file with most of it, and how many others."""
    shared = {path: len(numbers & each) for path, each in prints.items() if len(numbers & each) > 2}
    first = max(shared, key=lambda path: shared[path])
    also = f" (and {len(shared) - 1} more of the files)" if len(shared) > 1 else ""
    return f"It carries {library} along: {first}{also} has the structure of {library}, whatever the names in it."


def _hidden(root: Path, files: Sequence[str], trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, ast.Module]]:
    """Python source in long texts and in other files, also compressed or encoded, as `exec` would be given it."""
    texts = chain(_other_files(root, files), _long_texts(trees))
    for number, (path, value) in enumerate(islice(texts, MOST_OPENED), 1):
        for source in _layers(value):
            tree = _parsed(source)
            if tree is not None and any(isinstance(each, ast.FunctionDef) for each in ast.walk(tree)):
                yield f"{path} (text {number} in it)", tree
                break


def _other_files(root: Path, files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for each in files:
        path = root / each
        if path.suffix not in (".py", ".ipynb") and LONG <= path.stat().st_size <= LARGEST:
            yield each, path.read_bytes()


def _long_texts(trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, bytes]]:
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and len(node.value) >= LONG:
                yield path, node.value if isinstance(node.value, bytes) else node.value.encode(errors="replace")


def _layers(value: bytes) -> Iterator[bytes]:
    """`value`, and what it is the encoding or the compressed form of, and so on."""
    for _ in range(LAYERS):
        yield value
        inner = next((each for each in map(_undone, OPENERS, [value] * len(OPENERS)) if each), None)
        if inner is None:
            return
        value = inner


def _undone(opener: Callable[[bytes], bytes], value: bytes) -> bytes | None:
    try:
        return opener(value)
    except (ValueError, zlib.error, lzma.LZMAError, OSError, EOFError, binascii.Error):
        return None


OPENERS: tuple[Callable[[bytes], bytes], ...] = (
    lambda value: zlib.decompressobj(47).decompress(value, LARGEST),  # zlib's and gzip's
    lambda value: bz2.BZ2Decompressor().decompress(value, LARGEST),
    lambda value: lzma.LZMADecompressor(memlimit=64 << 20).decompress(value, LARGEST),
    lambda value: bytes.fromhex(value.decode()),
    lambda value: base64.b64decode(b"".join(value.split()), validate=True),
    lambda value: base64.b85decode(value.strip()),
    base64.a85decode,
)
