"""What a worker needs of the file system, beside the standard library and NumPy: found out by being one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from gradspec.confine import namespaces
from gradspec.confine.warm import warm_up


def space() -> int:
    """Bytes of address space of this process."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def libraries() -> list[str]:
    """The shared libraries and the dynamic linker, as files and as the links that lead to them."""
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    found = set[str]()
    for path in map(Path, sorted(mapped)):
        if ".so" in path.name and not any(path.is_relative_to(each) for each in namespaces.all_paths()):
            stem = path.name.partition(".so")[0]
            linkers = Path("/").glob("lib*/ld-*.so*")  # they are asked for by these very names
            same = (each for each in (*path.parent.glob(f"{stem}.so*"), *linkers) if each.resolve() == path)
            found |= {str(path), *(os.path.join(each.parent.resolve(), each.name) for each in same)}
    return sorted(found)


def main() -> None:
    """Print the inventory of this process as JSON."""
    warm_up()
    import gradspec.confine.wrapped  # noqa: F401 (with all that it needs)

    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "gradspec"}
    files = sorted(str(Path(module.__file__).resolve()) for module in modules.values() if module.__file__)
    print(json.dumps({"libraries": libraries(), "modules": files, "space": space()}))
