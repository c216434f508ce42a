"""The trace: what running a scenario leaves behind, as declared types with one JSON form.

Everything that a worker says is decoded into these types and refused where it does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeVar

import msgspec

from gradspec.observe import DEPTH_LIMIT, UNCAUGHT

Special = Literal["nan", "inf", "-inf"]
Real = bool | int | float | Special
Number = Real | tuple[Real, Real]  # a pair is a complex number
FORMAT = 1  # of traces on the wire and in golden files


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="none"):
    """None."""


class Scalar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="number"):
    """A Python bool, int or float: three different things."""

    value: Real


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="text"):
    value: str


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="tensor"):
    """A tensor: its numbers in row-major order, and what it says of itself. An unset field is one that it lacks."""

    values: tuple[Number, ...]
    shape: tuple[int, ...]
    dtype: str | msgspec.UnsetType = msgspec.UNSET
    requires_grad: bool | msgspec.UnsetType = msgspec.UNSET
    is_leaf: bool | msgspec.UnsetType = msgspec.UNSET
    grad_fn: str | msgspec.UnsetType | None = msgspec.UNSET


FLAGS = ("dtype", "requires_grad", "is_leaf", "grad_fn")  # the fields that a tensor may lack, each a facet


class Raised(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="error"):
    type: str
    message: str


class Sequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sequence"):
    form: Literal["tuple", "list"]
    items: tuple[Value, ...]


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="other"):
    """Something that no scenario can observe, such as a function; only its type's name is known."""

    type: str


Value = Nothing | Scalar | Text | Tensor | Raised | Sequence | Other


class Warned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    category: str
    message: str


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    label: str
    value: Value
    warnings: tuple[Warned, ...] = ()


Trace = tuple[Observation, ...]
Lines = tuple[msgspec.Raw, ...]  # a trace that nobody has read: the JSON of each observation

# What a worker may answer; `number` is that of the request.


class Loaded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="loaded"):
    number: int
    name: str
    version: str
    capabilities: tuple[str, ...]
    facets: tuple[str, ...]
    versions: dict[str, str]
    reading: str = ""


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="refused"):
    """The implementation could not be loaded."""

    number: int
    reason: str


class Traced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="traced"):
    number: int
    observations: Trace


class Unread(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="traced"):
    """The same, whose observations may turn out to be malformed: `read` tells."""

    number: int
    observations: Lines


class Declined(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="declined"):
    """The adapter says that its library does not offer what the scenario asked for."""

    number: int
    reason: str


class Broken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="broken"):
    """The scenario itself could not be run as it is written."""

    number: int
    reason: str


class Ran(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="ran"):
    """The traces of programs; None for one that asked for what the library does not offer."""

    number: int
    traces: tuple[Trace | None, ...]


# What only a jailed worker answers, in place of the above.


class Denied(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="denied"):
    """The code under test has asked for libraries that a jail denies, whatever it did then."""

    number: int
    modules: tuple[str, ...]

    @property
    def reason(self) -> str:
        return f"it imports {', '.join(self.modules)}, which a submission may not"


class Flooded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="flooded"):
    """The code under test has printed as much as it may."""

    number: int


class Compiled(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="compiled"):
    """The compiled form of a submission's modules, by their paths."""

    number: int
    files: dict[str, bytes]


Reply = Loaded | Refused | Traced | Ran | Declined | Broken | Denied | Flooded | Compiled
UnreadReply = Loaded | Refused | Unread | Ran | Declined | Broken | Denied | Flooded | Compiled

_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_unread_replies: msgspec.json.Decoder[UnreadReply] = msgspec.json.Decoder(UnreadReply)
_observations: msgspec.json.Decoder[Observation] = msgspec.json.Decoder(Observation)


def decode_reply(line: bytes) -> Reply:
    """One line of a worker. Raises ValueError, with the reason, where it is not a reply."""
    reply = _decoded(_replies, line)
    _not_too_deep(*((reply.observations,) if isinstance(reply, Traced) else _traces(reply)))
    return reply


def decode_unread(line: bytes) -> UnreadReply:
    """The same, but for the observations of a scenario, which are left as they are."""
    reply = _decoded(_unread_replies, line)
    _not_too_deep(*_traces(reply))
    return reply


def read(lines: Iterable[msgspec.Raw]) -> Trace:
    """The observations that these lines tell. Raises ValueError, with the reason, where one is none."""
    trace = tuple(_decoded(_observations, line) for line in lines)
    _not_too_deep(trace)
    return trace


def unlike(expected: Lines, found: Lines) -> tuple[Lines, Lines]:
    """Two traces without the observations that are the same to the byte: there is nothing to be compared in them."""
    pairs = [pair for pair in zip(expected, found, strict=False) if pair[0] != pair[1]]
    shared = min(len(expected), len(found))
    return (*(ours for ours, _ in pairs), *expected[shared:]), (*(theirs for _, theirs in pairs), *found[shared:])


Form = TypeVar("Form")


def _decoded(decoder: msgspec.json.Decoder[Form], line: bytes | msgspec.Raw) -> Form:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _traces(reply: object) -> tuple[Trace | None, ...]:
    return reply.traces if isinstance(reply, Ran) else ()


def _not_too_deep(*traces: Trace | None) -> None:
    values = (each.value for trace in traces for each in trace or ())
    if any(isinstance(value, Sequence) and _depth(value) > DEPTH_LIMIT for value in values):
        raise ValueError(f"values are nested more than {DEPTH_LIMIT} deep")


def _depth(value: Value) -> int:
    return 1 + max(map(_depth, value.items), default=0) if isinstance(value, Sequence) else 0


def uncaught(trace: Trace) -> Raised | None:
    """The error that ended `trace`, if one did."""
    last = trace[-1] if trace else None
    return last.value if last and last.label == UNCAUGHT and isinstance(last.value, Raised) else None


def others(trace: Trace) -> Iterator[tuple[str, Other]]:
    """What cannot be observed, with its label."""
    pending = [(each.label, each.value) for each in trace]
    while pending:
        label, value = pending.pop()
        if isinstance(value, Other):
            yield label, value
        elif isinstance(value, Sequence):
            pending.extend((label, each) for each in value.items)


def show(value: Value, limit: int = 8) -> str:
    """`value` in one line for a person; of long tensors the first `limit` numbers."""
    match value:
        case Nothing():
            return "None"
        case Scalar(value=number):
            return show_number(number)
        case Text(value=text):
            return repr(text)
        case Raised(type=kind, message=message):
            return f"{kind}: {message}" if message else kind
        case Other(type=kind):
            return f"an object of type {kind}"
        case Sequence(form=form, items=items):
            inner = ", ".join(show(each, limit) for each in items)
            return f"[{inner}]" if form == "list" else f"({inner}{',' * (len(items) == 1)})"
        case Tensor():
            flags = ((name, getattr(value, name)) for name in FLAGS)
            said = [f"{name}={flag}" for name, flag in flags if flag is not None and flag is not msgspec.UNSET]
            return f"tensor({', '.join([show_numbers(value, limit), f'shape={show_shape(value.shape)}', *said])})"


def show_shape(shape: tuple[int, ...]) -> str:
    return str(tuple(shape))


def show_numbers(tensor: Tensor, limit: int = 8) -> str:
    shown = [show_number(each) for each in tensor.values[:limit]]
    if not tensor.shape and len(shown) == 1:
        return shown[0]
    return f"[{', '.join(shown)}{', ...' if len(tensor.values) > limit else ''}]"


def show_number(number: Number) -> str:
    if isinstance(number, tuple):
        return f"({show_number(number[0])}, {show_number(number[1])}i)"
    return str(number)
