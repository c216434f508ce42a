"""What a drawing shows, in the sentences that the command prints."""

from __future__ import annotations

from gradspec.report.drawing.record import Record


def summary(record: Record) -> str:
    """The figures of a drawing, and what there is to be known about it."""
    drawn = record.drawn
    counts = [_count(len(drawn.operations), "operation"), _count(len(drawn.values), "value")]
    if drawn.loop:
        counts.append(f"the first of {drawn.loop.steps} steps")
    else:
        counts.append(_count(drawn.passes, "backward pass", "backward passes"))
    sentences = [f"{', '.join(counts)}."]
    if record.seen:
        differing = sum(bool(each.differences) for each in record.seen)
        sentences.append(f"{differing} of {_count(len(record.seen), 'observation')} differ{'s' * (differing == 1)}.")
    if drawn.passes and not drawn.hooks:
        sentences.append(
            f"{drawn.implementation} shows gradients in `.grad` alone, without `register_hook` (capability `hooks`): "
            "where there is none, none is drawn."
        )
    if drawn.ended:
        sentences.append(f"The script ended with {drawn.ended.type}: {drawn.ended.message}")
    return " ".join(sentences)


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"
