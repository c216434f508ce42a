"""Which file or package of a submission is the implementation: found by a look at the syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gradspec.grading.unpacking import Refusal

INSIDE = "/submission"  # where the jail shows it
DEEPEST = 4  # directories that are looked into
NO_ENTRY = re.compile(r"(test_.*|.*_test|tests?|conftest|setup|noxfile|__main__)\.py")
NO_PLACE = re.compile(r"tests?|examples?|docs?|benchmarks?", re.IGNORECASE)
NAMES = ("Tensor", "Value")  # classes that people call it, where there is no `tensor`
FACADE, DEFINES, GATHERS, CLASS, NOTHING = 4, 3, 2, 1, 0
ALIKE = {
    FACADE: "each of them is made of imports, with `tensor` among them",
    DEFINES: "each of them defines `tensor`",
    GATHERS: "each of them imports `tensor`",
    CLASS: "each of them has a class of objects to calculate with, and none has `tensor`",
    NOTHING: "none of them has `tensor`",
}


@dataclass(frozen=True)
class Candidate:
    """A file or package that may be the implementation: its path below the stage, and how much it looks like one."""

    path: PurePosixPath
    likeness: int


def find_entry(root: Path, files: Sequence[str], asked: str = "") -> str:
    """The implementation's path inside the jail; `asked` is the rubric's `entry`, `files` what was staged.

    Raises Refusal, in a sentence that names the candidates, where there is none or more than one.
    """
    paths = [PurePosixPath(each) for each in sorted(files)]
    if asked:
        return _asked_for(paths, asked)
    for depth, anywhere in ((depth, anywhere) for anywhere in (False, True) for depth in range(DEEPEST + 1)):
        candidates = [Candidate(path, _likeness(root, path)) for path in _candidates(paths, depth, anywhere)]
        if candidates:
            return f"{INSIDE}/{_chosen(candidates)}"
    others = ", ".join(map(str, paths[:3]))
    raise Refusal(
        "There is no Python file in it: hand in a .py file, a package, a .zip or .tar.gz of one, or a notebook"
        f"{f'; it holds {others}' if others else ''}."
    )


def _asked_for(paths: list[PurePosixPath], asked: str) -> str:
    name, colon, attribute = asked.partition(":")
    wanted = PurePosixPath(name).parts
    found = {
        PurePosixPath(*path.parts[: start + len(wanted)])
        for path in paths
        for start in range(len(path.parts))
        if path.parts[start : start + len(wanted)] == wanted
    }
    # a package is one by its __init__.py, a file by being there; the one nearest to the top is meant
    known = set(paths)
    found = {each for each in found if each in known or each / "__init__.py" in known}
    nearest = [each for each in found if len(each.parts) == min(len(other.parts) for other in found)]
    if len(nearest) == 1:
        return f"{INSIDE}/{nearest[0]}{colon}{attribute}"
    if nearest:
        raise Refusal(f"There is more than one {name} in it: {', '.join(sorted(map(str, nearest)))}.")
    python = [str(each) for each in paths if each.suffix == ".py"]
    if len(python) == 1:  # platforms rename files: the only one is what was asked for
        return f"{INSIDE}/{python[0]}{colon}{attribute}"
    held = f"it holds {', '.join(python[:5])}" if python else "and no other Python file either"
    raise Refusal(f"There is no {name} in it, which is what was to be handed in; {held}.")


def _candidates(paths: list[PurePosixPath], depth: int, anywhere: bool) -> Iterator[PurePosixPath]:
    """The modules and packages that stand `depth` directories deep and in no package; tests only with `anywhere`."""
    packages = {path.parent for path in paths if path.name == "__init__.py"}
    outer = {each for each in packages if not any(parent in packages for parent in each.parents)}
    for path in paths:
        in_package = any(parent in packages for parent in path.parents)
        away = not anywhere and any(map(NO_PLACE.fullmatch, path.parts[:-1]))
        if len(path.parts) == depth + 1 and path.suffix == ".py" and not in_package and not away:
            yield path
    for path in sorted(each for each in outer if len(each.parts) == depth + 1):
        if anywhere or not any(map(NO_PLACE.fullmatch, path.parts)):
            yield path


def _chosen(candidates: list[Candidate]) -> PurePosixPath:
    kept = [each for each in candidates if not NO_ENTRY.fullmatch(each.path.name)] or candidates
    best = max(each.likeness for each in kept)
    likely = [each for each in kept if each.likeness == best]
    if len(likely) > 1 and best == NOTHING:  # none looks like one: a package is handed in for its own sake
        likely = [each for each in likely if each.path.suffix != ".py"] or likely
    if len(likely) > 1:
        names = ", ".join(str(each.path) for each in likely)
        raise Refusal(f"Which of {names} is the implementation cannot be told: {ALIKE[best]}. Hand in one.")
    return likely[0].path


def _likeness(root: Path, path: PurePosixPath) -> int:
    """How much a module looks like an implementation: it gathers or defines `tensor`, or has a class of that kind."""
    place = root / path
    try:
        tree = ast.parse((place if path.suffix == ".py" else place / "__init__.py").read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    defined, imported = _names(tree)
    if "tensor" in defined:
        return DEFINES
    if "tensor" in imported or "*" in imported:
        return FACADE if all(map(_gathers, tree.body)) else GATHERS
    return CLASS if defined & set(NAMES) or any(map(_calculates, tree.body)) else NOTHING


def _calculates(statement: ast.stmt) -> bool:
    """Whether it is a class of objects that can be multiplied, by whatever name."""
    inner = statement.body if isinstance(statement, ast.ClassDef) else []
    return any(isinstance(each, ast.FunctionDef) and each.name == "__mul__" for each in inner)


def _gathers(statement: ast.stmt) -> bool:
    """Whether a statement may stand in a module that does no more than gather names from others."""
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)


def _names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """What a module defines at its top, also under `if` and `try`; and what it imports."""
    defined, imported = set[str](), set[str]()
    pending: list[ast.stmt] = list(tree.body)
    for node in pending:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.Assign(targets=targets):
                defined |= {name.id for each in targets for name in ast.walk(each) if isinstance(name, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                defined.add(name)
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                imported |= {each.asname or each.name for each in names}
            case ast.If(body=body, orelse=orelse):
                pending += [*body, *orelse]
            case ast.Try(body=body, orelse=orelse, finalbody=final):
                pending += [*body, *orelse, *final]
            case ast.With(body=body):
                pending += body
    return defined, imported
