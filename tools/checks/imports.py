"""Who may import whom: the project's arrows as data, held against every import statement, wherever in a file it stands.

`python tools/checks/imports.py [ROOT]` prints `file:line: sentence` for each import that breaks a rule.
Exit codes: 0 all rules hold, 1 some rule is broken, 2 ROOT is not the project or a file in it cannot be read as Python.
Imports under `if TYPE_CHECKING:` do not count: they never run. `import_module("name")` with a literal name does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOTS = ("impl", "tools", ".")  # where the project's modules are found, by their dotted names
STDLIB = sys.stdlib_module_names


@dataclass(frozen=True)
class Import:
    """An imported module and the line that imports it: the dotted name, the longest that is a module of ours."""

    module: str
    line: int


@dataclass(frozen=True)
class Rule:
    """Files that match `where` import the standard library, `may` with all that is inside it, and nothing else."""

    where: tuple[str, ...]
    may: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Order:
    """Modules that know one another one way: none may reach, not even through modules without a rank, a later one."""

    ranks: tuple[tuple[str, ...], ...]
    sentence: str


@dataclass(frozen=True)
class Breach:
    """An import that breaks a rule."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.text}"


WORKER_SIDE = (
    "gradspec.adapters",
    "gradspec.aliasing",
    "gradspec.confine",
    "gradspec.drawing",
    "gradspec.faults",
    "gradspec.observe",
    "gradspec.programs.custom",
    "gradspec.programs.interpreter",
    "gradspec.scenario",
    "gradspec.worker",
)

ADAPTERS = {  # file: the library that it puts into torch's clothes
    "hips_autograd": "autograd",
    "jax": "jax",
    "micrograd": "micrograd",
    "mygrad": "mygrad",
    "tinygrad": "tinygrad",
}

# The first rule whose pattern matches a file is the one that holds for it.
RULES = (
    Rule(("impl/refgrad/**/*.py",), ("numpy", "refgrad"), "refgrad knows NumPy alone"),
    Rule(("spec_tests/lectures/*.py",), ("numpy", "torch"), "a course script is plain PyTorch"),
    Rule(("spec_tests/*.py",), ("gradspec.scenario",), "a chapter knows gradspec.scenario alone"),
    Rule(("tools/gradspec/__init__.py",), ("gradspec.scenario",), "`import gradspec` pulls in scenario and no more"),
    *(
        Rule((f"tools/gradspec/adapters/{file}.py",), (*WORKER_SIDE, "numpy", library), "an adapter knows its library")
        for file, library in ADAPTERS.items()
    ),
    Rule(
        tuple(f"tools/{module.replace('.', '/')}{end}" for module in WORKER_SIDE for end in (".py", "/**/*.py")),
        (*WORKER_SIDE, "numpy"),
        "the worker side knows the standard library and NumPy alone",
    ),
    Rule(
        ("tools/gradspec/**/*.py",),
        ("dask", "gradspec", "hypothesis", "msgspec", "numpy", "pytest", "rich", "typer"),
        "gradspec loads an implementation by name and imports only what it depends on",
    ),
)

ORDERS = (
    Order(
        (
            ("gradspec.scenario", "gradspec.trace"),
            ("gradspec.worker",),
            ("gradspec.process",),
            ("gradspec.jail", "gradspec.runner"),
            (
                "gradspec.check",
                "gradspec.fuzz",
                "gradspec.grade",
                "gradspec.grading",
                "gradspec.record",
                "gradspec.strength",
            ),
            ("gradspec.report",),
            (
                "gradspec.cli",
                "gradspec.cli_adapters",
                "gradspec.cli_check",
                "gradspec.cli_drawing",
                "gradspec.cli_grading",
                "gradspec.cli_pages",
                "gradspec.cli_strength",
                "gradspec.pytest_plugin",
            ),
        ),
        "scenario, trace <- worker <- process <- jail, runner <- check, fuzz, grade, record <- report <- cli, pytest_plugin",
    ),
    Order(
        (
            ("refgrad.derivatives",),
            ("refgrad.tensor",),
            ("refgrad.engine",),
            ("refgrad.autograd",),
            ("refgrad.nn",),
            ("refgrad.optim",),
            ("refgrad",),  # the package itself gathers them all
        ),
        "derivatives <- tensor <- engine <- autograd <- nn <- optim <- refgrad itself",
    ),
)


def module_name(path: Path) -> str:
    """The dotted name of a file relative to the project: `tools/gradspec/report/text.py` is `gradspec.report.text`."""
    parts = path.with_suffix("").parts
    parts = parts[1:] if parts[0] in ROOTS else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def inside(module: str, name: str) -> bool:
    """Whether `module` is `name` or stands inside it."""
    return module == name or module.startswith(name + ".")


class Collector(ast.NodeVisitor):
    """Gathers the imports of one file; `known` tells a module of ours from a name inside one."""

    def __init__(self, package: str, known: frozenset[str]) -> None:
        self.package, self.known, self.found = package, known, list[Import]()

    def visit_If(self, node: ast.If) -> None:
        never_runs = ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for child in node.orelse if never_runs else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [Import(alias.name, node.lineno) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        above = self.package.split(".")[: len(self.package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            full = f"{base}.{alias.name}"
            self.found.append(Import(full if full in self.known else base, node.lineno))

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rsplit(".", 1)[-1]
        if called in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
            self.found.append(Import(str(node.args[0].value), node.lineno))
        self.generic_visit(node)


def imports_of(root: Path) -> dict[Path, tuple[Import, ...]]:
    """Every Python file that some rule is about, relative to `root`, with its imports in order of line."""
    paths = sorted({path.relative_to(root) for rule in RULES for where in rule.where for path in root.glob(where)})
    known = frozenset(map(module_name, paths))
    table = {}
    for path in paths:
        name = module_name(path)
        collector = Collector(name if path.name == "__init__.py" else name.rpartition(".")[0], known)
        collector.visit(ast.parse((root / path).read_bytes(), str(path)))
        table[path] = tuple(sorted(collector.found, key=lambda each: each.line))
    return table


def rule_for(root: Path, path: Path) -> Rule:
    return next(rule for rule in RULES if any(root / path in root.glob(where) for where in rule.where))


def broken_rules(root: Path, table: dict[Path, tuple[Import, ...]]) -> Iterator[Breach]:
    """Imports that the file's rule does not allow. Who may import gradspec.scenario may take it from `gradspec` too."""
    for path, found in table.items():
        rule = rule_for(root, path)
        for each in found:
            if each.module.split(".")[0] in STDLIB or any(inside(each.module, name) for name in rule.may):
                continue
            if each.module == "gradspec" and "gradspec.scenario" in rule.may:
                continue
            yield Breach(path, each.line, f"imports {each.module}: {rule.sentence}")


def rank(order: Order, module: str) -> int | None:
    """A module's place in an order. A top-level package stands for itself, any other name also for all inside it."""
    for place, names in enumerate(order.ranks):
        if any(module == name or ("." in name and inside(module, name)) for name in names):
            return place
    return None


def broken_orders(table: dict[Path, tuple[Import, ...]]) -> Iterator[Breach]:
    """Imports that lead, directly or through modules without a rank, to a module of a later rank."""
    ours = {module_name(path): found for path, found in table.items()}
    for order in ORDERS:
        for path, found in table.items():
            place = rank(order, module_name(path))
            if place is None:
                continue
            for each in found:
                chain = chain_beyond(order, place, each.module, ours)
                if chain:
                    yield Breach(path, each.line, f"imports {', which imports '.join(chain)}: {order.sentence}")


def chain_beyond(order: Order, place: int, start: str, ours: dict[str, tuple[Import, ...]]) -> list[str]:
    """The modules from `start` to the nearest one ranked after `place`; an empty list if none can be reached."""
    ways, seen = [[start]], {start}
    for way in ways:
        here = rank(order, way[-1])
        if here is not None and here > place:
            return way
        if here is None and way[-1] in ours:
            for each in ours[way[-1]]:
                if each.module not in seen:
                    seen.add(each.module)
                    ways.append([*way, each.module])
    return []


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    try:
        table = imports_of(root)
    except OSError as error:
        print(f"cannot read the imports: {error}", file=sys.stderr)
        return 2
    except SyntaxError as error:
        print(f"cannot read the imports: {error.filename}:{error.lineno}: {error.msg}", file=sys.stderr)
        return 2
    if not table:
        print(f"no Python file of the project under {root}", file=sys.stderr)
        return 2
    breaches = [*broken_rules(root, table), *broken_orders(table)]
    print(*breaches, f"{len(table)} files, {len(breaches)} imports that break a rule", sep="\n")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
