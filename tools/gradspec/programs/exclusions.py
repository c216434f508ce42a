"""Differences that are nobody's fault: each is a row that names what is let pass, and why. There are few, on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from gradspec.compare import Difference
from gradspec.programs import undefined
from gradspec.programs.program import Program
from gradspec.programs.relations import changed_by, closure, gives_gradients
from gradspec.trace import Trace

__all__ = ["EXCLUSIONS", "Exclusion", "changed_by", "closure", "excluded", "exclusion_of", "gives_gradients"]


@dataclass(frozen=True)
class Exclusion:
    """What is let pass: a facet, and when."""

    facet: str
    reason: str
    applies: Callable[[Program, Difference, Trace], bool]
    leads_on: bool = False  # whether what comes later may differ because of it

    @property
    def parts(self) -> bool:
        """Whether the two are at different places afterwards, as where one has done what the other refused."""
        return self.leads_on or self.facet == "raised"


class Reason(NamedTuple):
    """Why something is let pass; by facets, when; and whether what comes later may differ because of it."""

    why: str
    when: dict[str, Callable[[Program, Difference, Trace], bool]]
    leads_on: bool = False


REASONS = (
    Reason(
        "Some kernels fill what has no elements, and some do not, which bumps a version counter that nobody has seen yet.",
        {"number": undefined.version_of_nothing},
    ),
    Reason(
        "How a backward pass is put together from operators is the implementation's own affair: PyTorch has nodes such as "
        "TanhBackwardBackward0 for some of its formulas, and kernels that fill what they return, which bumps its version "
        "counter. That there is a node, or none, is compared; whoever saves a gradient saves it at the version it has then.",
        {
            "grad_fn": undefined.recorded_gradient,
            "number": undefined.version_of_a_gradient,
            "message": undefined.counted_from_another_version,
        },
    ),
    Reason(
        "The words for operands that do not fit are each operator's own, or list the signatures that PyTorch's parser "
        "knows; the chapter on malformed calls holds those that a user is likely to meet. What autograd says is compared. "
        "None where a tensor has to be is an AttributeError in what PyTorch has written in Python, else a TypeError.",
        {"message": undefined.malformed, "error_type": undefined.none_given},
    ),
    Reason(
        "In which order a result stands in memory nobody promises: whether a view of it needs a copy, whether it may be "
        "written into another tensor on its memory, and whether a gradient lies as its leaf does hang on that.",
        {"raised grad_fn": undefined.laid_out, "raised": undefined.same_memory, "warning": undefined.layout_contract},
    ),
    Reason(
        "PyTorch's ifft and ihfft of real numbers give a conjugate that is taken when somebody reads it, and is a view: what "
        "is said of it, or of what was made of it, and hooks that stay behind where it is changed in place.",
        {"raised grad_fn message": undefined.conjugated_late, "observations": undefined.hooked_before_conjugated},
    ),
    Reason(
        "Which leaves have got their gradients, and which hooks were called, when a backward pass raises is left open.",
        {"observations values": undefined.left_by_an_interrupted_pass},
    ),
    Reason(
        "Whether a backward pass reads what a tensor held when it was saved, or what was put into its `.data` since, is left "
        "open: PyTorch's notes advise against it. So is whether anything can be computed from that.",
        {"values": undefined.data_exchanged, "raised": undefined.exchanged_and_impossible},
    ),
    Reason(
        "PyTorch stumbled over a tensor that it had made itself: what is right nobody knows.",
        {"raised": undefined.own_fault},
    ),
    Reason(
        "PyTorch lets a gradient that has come through views alone, from one that was given, say, or expanded, share memory "
        "with it, and takes it as `.grad`, which a later pass adds to in place. Its documentation leaves the layout and "
        "ownership of gradients open.",
        {
            "values number": undefined.given_gradient,
            "values": undefined.gradients_shared,
            "requires_grad": undefined.another_gradient_changed,
            "raised": undefined.gradient_detached,
        },
    ),
    Reason(
        "PyTorch forgets which of several results it was that a change in place has given a new history, and moves the "
        "gradient that is retained of the first one there, or fails at an assertion of its own. Through a view it reads "
        "memory that is nobody's any more, and crashes, or says whatever comes of it.",
        {
            "values observations": undefined.retained_elsewhere,
            "raised error_type message": undefined.changed_after_retaining,
        },
    ),
    Reason(
        "einsum multiplies three operands and more in the order that opt_einsum finds, where that is installed: which of "
        "them were saved, as they are or in products, hangs on it.",
        {"raised message error_type": undefined.chosen_order},
    ),
    Reason(
        "What is in a tensor after writing to places in it has raised an error is left open: PyTorch writes element by element.",
        {"values": undefined.half_written},
    ),
    Reason(
        "block_diag gives a vector of no elements one row, but its backward pass looks for the other blocks as if it had none.",
        {"values": undefined.block_of_nothing},
    ),
    Reason(
        "Some of PyTorch's operators write to memory that several elements share, and addbmm_ gives its tensor another "
        "shape where every other operator in place refuses to; masked_scatter_ may read what it has just written. What "
        "they leave there depends on the kernel.",
        {"raised message values": undefined.written_without_a_look},
        leads_on=True,
    ),
    Reason(
        "Which of the places of the most frequent element mode names is left open.",
        {"values": undefined.place_of_mode},
        leads_on=True,
    ),
    Reason(
        "group_norm scales first and subtracts then: of groups of one element it leaves what is rounded off, which hangs on "
        "whether the processor multiplies and adds in one step. Exact values would be zero.",
        {"values": undefined.one_element},
        leads_on=True,
    ),
)
EXCLUSIONS = tuple(
    Exclusion(facet, reason.why, applies, reason.leads_on)
    for reason in REASONS
    for facets, applies in reason.when.items()
    for facet in facets.split()
)


def exclusion_of(program: Program, difference: Difference, expected: Trace) -> Exclusion | None:
    """The row that lets `difference` pass; None if none does."""
    rows = (each for each in EXCLUSIONS if each.facet == difference.facet)
    return next((each for each in rows if each.applies(program, difference, expected)), None)


def excluded(program: Program, difference: Difference, expected: Trace) -> bool:
    return exclusion_of(program, difference, expected) is not None
