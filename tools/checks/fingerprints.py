"""Writes, and checks, what `gradspec.grading.vendored` knows of the libraries that submissions may not carry along.

`python tools/checks/fingerprints.py` says where the installed libraries and the data file differ; `--write` makes the
data file anew from what is installed, and keeps what it knows of the rest. `--from NAME=DIRECTORY` takes a library
that is unpacked in DIRECTORY. Exit codes: 0 all agree, 1 some do not, 2 wrong usage.
"""

from __future__ import annotations

import ast
import base64
import importlib.util
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec

from gradspec.files import write_atomically
from gradspec.grading.fingerprints import fingerprints
from gradspec.grading.vendored import DATA, Known

MOST = 5000  # fingerprints of a library: four bytes each
ENOUGH = 0.8  # of a library of our own that has to be known: it changes with every commit, and a tenth finds a copy


@dataclass(frozen=True)
class Source:
    """Where a library's own work stands: patterns below its directory."""

    patterns: tuple[str, ...] = ("**/*.py",)
    named: bool = False
    ours: bool = False


SOURCES = {
    "refgrad": Source(ours=True),
    "autograd": Source(),
    "mygrad": Source(),
    "micrograd": Source(("engine.py", "nn.py"), named=True),
    "torch": Source(
        ("_tensor.py", "autograd/*.py", "nn/modules/module.py", "optim/*.py", "_decomp/*.py", "nn/functional.py")
    ),
    "tinygrad": Source(
        ("tensor.py", "gradient.py", "dtype.py", "mixin/*.py", "uop/*.py", "schedule/*.py", "helpers.py")
    ),
    "jax": Source(
        ("_src/core.py", "_src/api.py", "_src/ad_util.py", "_src/interpreters/*.py", "_src/custom_derivatives.py")
    ),
}


def directory_of(library: str) -> Path | None:
    """Where an installed library is, without importing it."""
    spec = importlib.util.find_spec(library)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def numbers_of(source: Source, directory: Path) -> frozenset[int]:
    """All fingerprints of the library in `directory`."""
    paths = sorted({path for pattern in source.patterns for path in directory.glob(pattern)})
    trees = [ast.parse(path.read_bytes()) for path in paths if "tests" not in path.relative_to(directory).parts]
    return frozenset().union(*(fingerprints(tree, named=source.named) for tree in trees))


def known_as(source: Source, numbers: frozenset[int], version: str) -> Known:
    """What is kept of a library: of many fingerprints those that are divisible by some number."""
    every = -(-len(numbers) // MOST)
    kept = b"".join(each.to_bytes(4, "little") for each in sorted(numbers) if each % every == 0)
    return Known(version, base64.b64encode(kept).decode(), every, source.named)


def version_of(library: str, directory: Path) -> str:
    """The version of an installed library, or that in the name of the directory it was unpacked in."""
    try:
        return metadata.version(library).partition("+")[0]
    except metadata.PackageNotFoundError:
        return next((each.name.split("-")[1] for each in directory.parent.glob(f"{library}-*.dist-info")), "")


def drift(data: dict[str, Known], found: dict[str, tuple[Path, frozenset[int]]]) -> list[str]:
    """Sentences that say where the data file does not know what is installed."""
    problems = []
    for library, (directory, numbers) in found.items():
        source, kept = SOURCES[library], data.get(library)
        version = "" if source.ours else version_of(library, directory)
        if kept is None:
            problems.append(f"{library} is not known.")
        elif source.ours:
            expected = {each for each in numbers if each % kept.every == 0}
            share = len(expected & kept.numbers()) / max(1, len(expected))
            if share < ENOUGH:
                problems.append(f"{library} has changed: {share:.0%} of it is known.")
        elif kept.version == version and kept != known_as(source, numbers, version):
            problems.append(f"{library} {version} is known otherwise than it is.")
    return problems


def main(arguments: list[str]) -> int:
    given = dict(each.split("=", 1) for each in arguments if "=" in each)
    if set(arguments) - {"--write", "--from"} - {f"{name}={place}" for name, place in given.items() if name in SOURCES}:
        print(__doc__, file=sys.stderr)
        return 2
    places = {name: Path(given[name]) if name in given else directory_of(name) for name in SOURCES}
    found = {name: (place, numbers_of(SOURCES[name], place)) for name, place in places.items() if place is not None}
    data = msgspec.json.decode(DATA.read_bytes(), type=dict[str, Known]) if DATA.exists() else {}
    if "--write" in arguments:
        for name, (place, numbers) in found.items():
            data[name] = known_as(SOURCES[name], numbers, "" if SOURCES[name].ours else version_of(name, place))
        encoded = msgspec.json.encode(dict(sorted(data.items())))
        write_atomically(DATA, msgspec.json.format(encoded, indent=1).decode() + "\n")
        print(f"wrote {DATA.name}: {DATA.stat().st_size} bytes, {', '.join(data)}")
    problems = drift(data, found)
    for each in problems:
        print(each, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
