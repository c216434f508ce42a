"""The suite: where its chapters are, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gradspec.scenario import LECTURES, Family, Item, Programs, Script, load_chapter, scenarios_in


@dataclass(frozen=True)
class Suite:
    """A directory of chapters, with the course scripts in `lectures/` and the goldens beside it."""

    root: Path
    examples: int | None = None  # samples of an operator, where it is not as many as the goldens have
    seed: str = ""  # of the samples of operators

    @property
    def golden(self) -> Path:
        return self.root.parent / "golden"

    @cached_property
    def chapters(self) -> dict[str, Path]:
        """The chapters' files by name, in alphabetical order."""
        files = self.root.glob("*.py")
        return {path.stem: path for path in sorted(files) if not path.stem.startswith(("_", "conftest"))}

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        files = (self.root / LECTURES).glob("*.py")
        return tuple(Script(path) for path in sorted(files) if not path.stem.startswith("_"))

    def names(self) -> tuple[str, ...]:
        """The names of all chapters, the course scripts' among them."""
        return (*self.chapters, *((LECTURES,) if self.scripts else ()))

    def items(self, chapter: str) -> tuple[Item, ...]:
        """What stands in `chapter`, in order. Raises ScenarioError where it does not import."""
        if chapter == LECTURES:
            return self.scripts
        path = self.chapters[chapter]
        families = [each for each in vars(load_chapter(path)).values() if isinstance(each, Family)]
        return (*scenarios_in(path).values(), *(item for each in families for item in members(each, path, self)))


def find_suite() -> Suite:
    """The suite that comes with gradspec: inside an installed package, or beside `tools/` in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "spec_tests"
    return Suite(installed if installed.is_dir() else package.parents[1] / "spec_tests")


def members(family: Family, path: Path, suite: Suite) -> tuple[Programs, ...]:
    """The items that `family` stands for in the chapter at `path`. Raises ScenarioError where their data is wrong."""
    return FAMILIES[family.kind](path, suite)


def _found(path: Path, suite: Suite) -> tuple[Programs, ...]:
    from gradspec.programs.found import found_programs

    return found_programs(path)


def _operators(path: Path, suite: Suite) -> tuple[Programs, ...]:
    from gradspec.programs.operators import SAMPLES, operator_items

    return operator_items(path, suite.examples or SAMPLES, suite.seed)


def _near_misses(path: Path, suite: Suite) -> tuple[Programs, ...]:
    from gradspec.programs.near_misses import MISSES, near_miss_items

    return near_miss_items(path, suite.examples or MISSES, suite.seed)


FAMILIES: dict[str, Callable[[Path, Suite], tuple[Programs, ...]]] = {
    "found": _found,
    "operators": _operators,
    "near_misses": _near_misses,
}
