"""From what stands on the command line to the plan of a grading."""

from __future__ import annotations

from pathlib import Path

from gradspec.grading.exam import make_exam, suite_version
from gradspec.grading.rubric import digest_of, read_rubric
from gradspec.grading.run import Plan
from gradspec.grading.submissions import find_submissions
from gradspec.suite import find_suite


def prepare(
    submissions: Path,
    rubric: str,
    out: Path,
    *,
    oracle: str,
    jobs: int = 1,
    cluster: str = "",
    resume: bool = False,
    seed: str = "",
    tier: str = "limits",
) -> Plan:
    """The plan. Raises UsageError where the rubric is wrong, or there is nothing to grade."""
    suite = find_suite()
    read = read_rubric(rubric, suite)
    return Plan(
        find_submissions(submissions),
        read,
        digest_of(read),
        out,
        suite_version(suite),
        lambda drawn: make_exam(read, suite, drawn, oracle),
        oracle,
        jobs,
        cluster,
        resume,
        seed,
        tier,
    )
