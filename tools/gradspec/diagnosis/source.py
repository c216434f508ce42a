"""Lines of a submission that look like a misconception: its text is parsed and searched, never imported.

A search is a function from the syntax tree of a file to the lines that it found, with a sentence of what is to be seen
there. It is asked only for what the outcomes speak of already, so it may take a line for what it only looks like.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TypeGuard

from gradspec.adapters.loading import file_and_name, is_path
from gradspec.results import Place

FILES, BYTES = 50, 1 << 20  # of one submission, and of one file: more is not read
PLACES = 3  # that are named
_BACKWARD = re.compile(r"backward|backprop|vjp|grad_fn|_bw|pullback", re.IGNORECASE)
_REDUCING = re.compile(r"unbroadcast|sum_to|reduce|broadcast|\.sum\(", re.IGNORECASE)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

Search = Callable[[ast.Module], Iterator[tuple[ast.AST, str]]]


def places(implementation: str, searches: Iterable[str]) -> tuple[Place, ...]:
    """The first lines of `implementation` that these searches find; none where its source is not to be had."""
    names = list(searches)
    found = []
    for path in files_of(implementation) if names else ():
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for name in names:
            found += [Place(path.name, node.lineno, says) for node, says in SEARCHES[name](tree)]  # type: ignore[attr-defined]
    return tuple(dict.fromkeys(found))[:PLACES]


def files_of(implementation: str) -> list[Path]:
    """The Python files that `implementation` names; of a package, no more than so many."""
    if is_path(implementation):
        path, _ = file_and_name(implementation)
    else:
        try:
            spec = find_spec(implementation) if implementation.isidentifier() else None
        except (ImportError, ValueError):
            return []
        if spec is None or spec.origin is None:
            return []
        origin = Path(spec.origin)
        path = origin.parent if origin.name == "__init__.py" else origin
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [each for each in files if each.suffix == ".py" and each.is_file() and each.stat().st_size < BYTES][:FILES]


def functions(tree: ast.AST, name: str = "") -> Iterator[ast.FunctionDef]:
    """The functions in `tree`, or those that are called so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and name in ("", node.name):
            yield node


def in_backward(tree: ast.AST) -> Iterator[ast.stmt]:
    """The statements inside functions that are called as what goes backward is."""
    seen = set[int]()
    for function in functions(tree):
        if _BACKWARD.search(function.name):
            for node in ast.walk(function):
                if isinstance(node, ast.stmt) and node is not function and id(node) not in seen:
                    seen.add(id(node))
                    yield node


def is_gradient(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("grad", "_grad")


def is_assignment(node: ast.AST) -> TypeGuard[ast.Assign]:
    """Whether it assigns to a gradient."""
    return isinstance(node, ast.Assign) and any(map(is_gradient, node.targets))


def guarded(tree: ast.AST) -> set[int]:
    """What stands under an `if` that asks about a gradient, by identity."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and any(map(is_gradient, ast.walk(node.test)))
        for inner in ast.walk(node)
    }


def assigned(tree: ast.AST) -> Iterator[tuple[ast.Assign, ast.expr]]:
    """Assignments to a gradient on the way back that add nothing to what is there: not a start, nor an end."""
    safe = guarded(tree)
    for node in in_backward(tree):
        if isinstance(node, ast.Assign) and id(node) not in safe:
            for target in filter(is_gradient, node.targets):
                mine = ast.dump(target).replace("Store()", "Load()")
                inner = [ast.dump(each) for each in ast.walk(node.value)]
                computed = any(isinstance(each, ast.BinOp) for each in ast.walk(node.value))
                starts = not computed and re.search(r"ones|zeros|None|^[-\d.]+$", ast.unparse(node.value))
                if mine not in inner and not starts:
                    yield node, target


def grad_assigned(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node, target in assigned(tree):
        yield node, f"`{ast.unparse(target)} =` puts a gradient in the place of the one that is there; += adds it"


def grad_shared(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in in_backward(tree):
        if is_assignment(node) and isinstance(node.value, ast.Name | ast.Attribute):
            yield node, f"`{ast.unparse(node)}` keeps the array that arrives, which others may hold as well"


def never_reduced(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    if not _REDUCING.search(ast.unparse(tree)):
        for function in functions(tree, "__add__"):
            yield function, "nothing here sums a gradient over the dimensions that broadcasting added"


def grad_zeros_at_birth(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "__init__"):
        for node in ast.walk(function):
            if is_assignment(node) and re.fullmatch(r"0(\.0)?|.*zeros.*", ast.unparse(node.value)):
                yield node, "the gradient is zero, not None, before there is one"


def detach_copies(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "detach"):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and re.search(r"copy|np\.array$|clone", ast.unparse(node.func)):
                yield node, "detach() copies here; what it gives shares the memory"


def detach_gives_itself(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "detach"):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node, "detach() gives the tensor itself, with its history"


def float64_named(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("float64", "double"):
            yield node, "float64 is named here; the default dtype is float32"


def power_rule_zero(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "__pow__"):
        if not any(isinstance(node, ast.Sub | ast.USub) for node in ast.walk(function)):
            yield function, "the derivative of x ** n is n * x ** (n - 1), and no exponent is lowered here"


def difference_adds(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "__sub__"):
        inner = [node for node in functions(function) if node is not function]
        for each in inner:
            if not any(isinstance(node, ast.Sub | ast.USub) for node in ast.walk(each)):
                yield each, "no minus is on the way back of a difference"


def no_grad_empty(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "no_grad":
            for function in functions(node, "__enter__"):
                if all(isinstance(each, ast.Pass | ast.Return | ast.Expr) for each in function.body) and not any(
                    isinstance(each, ast.Call) for each in ast.walk(function)
                ):
                    yield function, "entering no_grad changes nothing"


def augmented_rebinds(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
            if "__add__" in methods and "__iadd__" not in methods:
                yield node, f"{node.name} has no __iadd__, so that x += y makes another tensor"


def recursive_walk(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name:
                yield node, f"{function.name} calls itself, which a long chain of operations overflows"
                break


def seen_in_list(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    lists = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            where = node.comparators[0]
            if isinstance(where, ast.Name) and where.id in lists:
                yield node, f"`{ast.unparse(node)}` looks through a list, which takes longer the longer it is"


def recursion_without_visited(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree):
        if _BACKWARD.search(function.name) and not re.search(r"visited|seen|topo", ast.unparse(function)):
            for node in ast.walk(function):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if called.endswith(f".{function.name}") and not called.startswith("super()"):
                    yield node, f"{function.name} goes on from here at once, for each path anew"


def kink_included(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "relu"):
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.GtE):
                yield node, f"`{ast.unparse(node)}` lets the gradient through at zero, too"


def mean_undivided(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for function in functions(tree, "mean"):
        for each in functions(function):
            if each is not function and not any(isinstance(node, ast.Div | ast.Mult) for node in ast.walk(each)):
                yield each, "the gradient of the mean is not divided by anything"


def product_untransposed(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for name in ("__matmul__", "matmul", "mm"):
        for function in functions(tree, name):
            inner = [each for each in functions(function) if each is not function]
            for each in inner:
                if not re.search(r"\.T\b|\.mT\b|transpose|swapaxes|einsum|\.t\(", ast.unparse(each)):
                    yield each, "nothing is transposed on the way back of this product"


SEARCHES: dict[str, Search] = {
    search.__name__: search
    for search in (
        grad_assigned,
        grad_shared,
        never_reduced,
        grad_zeros_at_birth,
        detach_copies,
        detach_gives_itself,
        float64_named,
        power_rule_zero,
        difference_adds,
        no_grad_empty,
        augmented_rebinds,
        recursive_walk,
        seen_in_list,
        recursion_without_visited,
        kink_included,
        mean_undivided,
        product_untransposed,
    )
}
