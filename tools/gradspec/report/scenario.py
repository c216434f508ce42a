"""One scenario for a person: clause, citation, source, what PyTorch leaves behind, and a script to paste."""

from __future__ import annotations

import textwrap

from gradspec.oracle import GoldenOracle
from gradspec.pasting import as_script
from gradspec.scenario import Item, Script
from gradspec.suite import Suite
from gradspec.trace import Observation, Text, show


def describe(suite: Suite, item: Item) -> str:
    """All there is to know about `item`. Raises HarnessError where its golden is of no use."""
    trace = GoldenOracle(suite).expected(item)
    script = item.path.read_text(encoding="utf-8") if isinstance(item, Script) else as_script(item)
    expected = "\n".join(map(_observed, trace))
    needs = f"needs  {', '.join(item.needs) or 'nothing but scalars'}"
    head = [item.id, f"  {item.clause}", f"  cites  {item.cites}", f"  source {item.path}:{item.line}", f"  {needs}"]
    parts = [*head, "", "PyTorch leaves behind:", textwrap.indent(expected, "  "), "", "As a script:", "", script]
    return "\n".join(parts)


def _observed(observation: Observation) -> str:
    if isinstance(observation.value, Text) and "\n" in observation.value.value:
        lines = [f"{observation.label}:", textwrap.indent(observation.value.value, "  ").rstrip()]
    else:
        lines = [f"{observation.label}: {show(observation.value)}"]
    return "\n".join([*lines, *(f"  with {each.category}: {each.message}" for each in observation.warnings)])
