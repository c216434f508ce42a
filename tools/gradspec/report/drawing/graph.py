"""What is drawn of a record: boxes for values, circles for operations, edges with what is written on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gradspec.report.drawing import numbers
from gradspec.report.drawing.layout import Edge, Node
from gradspec.report.drawing.record import Brought, Drawn, Operation, Record, Seen, Value

NAME, VALUE, SMALL = 16.0, 13.0, 11.0  # sizes of type
CIRCLE = 34.0
HEAD = 22.0  # for the arrowhead, and the mark of what is saved
LANE = 34.0  # between two edges that arrive at a circle
OBSERVATIONS_SHOWN = 3  # that differ, in one box
SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "matmul": "@", "pow": "^", "mm": "@", "remainder": "mod"}
SYMBOLS |= {"subtract": "−", "multiply": "×", "divide": "÷", "true_divide": "÷", "power": "^"}
RANKS = {"constant": 0, "leaf": 1, "unseen": 1, "result": 2}  # the way of the results is the straight one
WEIGHTS = (1.0, 1e3, 1e6)  # by rank
MINUS = ("neg", "negative")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NARROW, WIDE = frozenset("iIljtfr.,:;'|![]() /"), frozenset("mwMW@…①②③④⑤⑥⑦⑧⑨⑩")


@dataclass(eq=False)
class Box(Node):
    """A value: its lines of text, each with a class of its own."""

    role: str = "result"
    lines: list[tuple[str, str]] = field(default_factory=list)
    badges: list[tuple[int, bool]] = field(
        default_factory=list
    )  # observations made of it: number, and whether it agrees
    differs: bool = False
    said: str = ""  # for those who do not see it


@dataclass(eq=False)
class Circle(Node):
    """An operation."""

    symbol: str = ""
    settings: str = ""
    said: str = ""

    @property
    def half(self) -> float:
        """Half the width of what is drawn: a circle, or longer."""
        return max(CIRCLE, width_of(self.symbol, NAME) + 18 if len(self.symbol) > 1 else 0.0) / 2


@dataclass(eq=False)
class Wire(Edge):
    """An edge: the value forward, the local gradient, and what goes backward."""

    value: str = ""
    local: str = ""
    gradient: str = ""
    saved: bool = False
    saved_result: bool = False
    silent: bool = False  # whether no gradient can ever go this way


@dataclass(frozen=True)
class Graph:
    nodes: list[Node]
    wires: list[Wire]


def width_of(text: str, size: float) -> float:
    """About how wide `text` is in a sans serif of `size`."""
    return size * sum(
        0.36 if each in NARROW else 0.95 if each in WIDE else 0.72 if each.isupper() else 0.6 for each in text
    )


def graph_of(record: Record) -> Graph:
    """Boxes and circles in an order that every edge follows."""
    drawn = record.drawn
    values = {each.number: each for each in drawn.values}
    uses = Counter(each.value for operation in drawn.operations for each in operation.inputs)
    seen = _seen_of(record)
    made = {number: operation for operation in drawn.operations for number in operation.outputs}
    boxes: dict[int, Box] = {}
    nodes: list[Node] = []
    wires: list[Wire] = []
    circles: dict[int, Circle] = {}  # by the number of a value: what made it, where that has no box

    def box(number: int) -> Box:
        if number not in boxes:
            boxes[number] = _box(values[number], uses[number], seen.get(number, []), drawn)
            nodes.append(boxes[number])
        return boxes[number]

    for operation in drawn.operations:
        sources: list[Node] = [circles.get(each.value) or box(each.value) for each in operation.inputs]
        circle = _circle(operation, values)
        nodes.append(circle)
        for source, each in zip(sources, operation.inputs, strict=True):
            value = values[each.value]
            direct = isinstance(source, Circle)
            wire = Wire(
                source,
                circle,
                rank=RANKS[value.role],
                value=numbers.value(value.value) if direct else "",
                local=numbers.local(each.local) if each.local else "",
                gradient=numbers.brought(each.gradients, drawn.passes),
                saved=each.saved,
                saved_result=direct and made[each.value].saved_result,
                silent=value.role == "constant",
            )
            wires.append(_measured(wire))
        for number in operation.outputs:
            value = values[number]
            if not value.name and uses[number] == 1 and number not in seen:
                circles[number] = circle
                continue
            gradient = numbers.brought(_passed(value, drawn), drawn.passes)
            wires.append(
                _measured(Wire(circle, box(number), rank=2, gradient=gradient, saved_result=operation.saved_result))
            )
    return Graph(nodes, wires)


def _passed(value: Value, drawn: Drawn) -> tuple[Brought, ...]:
    return value.gradients if drawn.hooks or drawn.passes < 2 else ()


def _measured(wire: Wire) -> Wire:
    """With the room that its words need."""
    wire.begin = width_of(wire.value, VALUE) + (10 if wire.value else 0)
    local = width_of(wire.local, SMALL) + 18 if wire.local else 0.0
    gradient = width_of(f"← {wire.gradient}", VALUE) + 6 if wire.gradient else 0.0
    wire.end = max(local, gradient)
    wire.end += HEAD if wire.end else 0.0
    return wire


def _seen_of(record: Record) -> dict[int, list[tuple[int, Seen]]]:
    """The observations by the values that they are about, numbered as in the table."""
    drawn = {each.number for each in record.drawn.values}
    found: dict[int, list[tuple[int, Seen]]] = {}
    for number, each in enumerate(record.seen, 1):
        if each.value in drawn and each.value is not None:
            found.setdefault(each.value, []).append((number, each))
    return found


def _box(value: Value, uses: int, seen: list[tuple[int, Seen]], drawn: Drawn) -> Box:
    text = numbers.value(value.value)
    lines = [("name", value.name)] if value.name else []
    lines.append(("value", text))
    if value.value.shape and not text.endswith(f"[{numbers.shape_of(value.value.shape)}]"):
        lines.append(("small", numbers.shape_of(value.value.shape)))
    if value.grad is not None:
        lines.append(("grad", f".grad {numbers.value(value.grad)}"))
    elif uses > 1 and _passed(value, drawn):  # what its edges bring, together
        lines.append(("grad", f"← {numbers.brought(_passed(value, drawn), drawn.passes)}"))
    marked = any(each.marked for _, each in seen)
    if marked:
        lines.append(("wrong", "yours differs"))
    differing = [(number, each) for number, each in seen if each.differences]
    for number, each in differing[:OBSERVATIONS_SHOWN]:
        mark = f"{filled(number)} " if len(differing) > 1 else ""
        expected, found = each.pairs[0]
        lines += [("right", f"{mark}PyTorch {_cut(expected)}"), ("wrong", f"{mark}found {_cut(found)}")]
    sizes = {"name": NAME, "small": SMALL}
    bold = {"wrong": 1.1}
    widest = max(width_of(words, sizes.get(kind, VALUE)) * bold.get(kind, 1.0) for kind, words in lines)
    height = sum(20.0 if kind == "name" else 15.0 if kind == "small" else 18.0 for kind, _ in lines) + 12
    badges = [(number, not each.differences) for number, each in seen if not each.marked]
    said = f"{value.name or 'a value'} = {text}, {value.role}" + (
        f", .grad {numbers.value(value.grad)}" if value.grad is not None else ""
    )
    width = max(widest + 22, 20.0 * len(badges) + 16, 44.0)
    differs = marked or bool(differing)
    weight = WEIGHTS[RANKS[value.role]]
    return Box(width, height, weight, role=value.role, lines=lines, badges=badges, differs=differs, said=said)


def filled(number: int) -> str:
    """The number of an observation within a line."""
    return chr(ord("❶") + number - 1) if number <= 10 else f"({number})"


def _cut(text: str, length: int = 22) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _circle(operation: Operation, values: dict[int, Value]) -> Circle:
    symbol, settings = symbol_of(operation)
    words = ", ".join(values[each.value].name or numbers.value(values[each.value].value) for each in operation.inputs)
    below = 15.0 if settings else 0.0  # on both sides: its middle stays the middle of the circle
    circle = Circle(0.0, 0.0, WEIGHTS[-1], symbol=symbol, settings=settings, said=f"{symbol} of {words}")
    circle.width = max(2 * circle.half, width_of(settings, SMALL))
    circle.height = CIRCLE + max(2 * below, LANE * (len(operation.inputs) - 1))
    return circle


def symbol_of(operation: Operation) -> tuple[str, str]:
    """What stands in the circle, and below it."""
    name, settings = operation.name, operation.settings
    plain = name.rstrip("_")
    mark = "=" if name.endswith("_") else ""
    numbers_given = [each.number for each in operation.operands]
    if plain in MINUS:
        return f"−( ){mark}", ""
    if plain in SYMBOLS and len(numbers_given) == 2:
        return _between(
            SYMBOLS[plain] + mark, *(None if each is None else numbers.short(each) for each in numbers_given)
        ), ""
    if plain in SYMBOLS and not settings:
        return SYMBOLS[plain] + mark, ""
    if plain == "getitem":
        return _index(settings), ""
    if plain == "setitem":  # of a number, which stands last
        written = settings[-1:] if len(operation.inputs) == 1 else ()
        return " ".join((_index(settings[: len(settings) - len(written)]), "=", *written)), ""
    if plain == "grad":
        return "∂", ""
    if plain in ("T", "t", "H", "mT", "mH"):
        return "( )ᵀ", ""
    return _cut(name, 24), _cut(", ".join(settings), 24)


def _index(settings: tuple[str, ...]) -> str:
    return f"[{_cut(', '.join(each.strip('()') for each in settings) or '…', 14)}]"


def _between(symbol: str, left: str | None, right: str | None) -> str:
    """An operator with a number that stands in the script on one side: "+ 3", "2 −", "( )²"."""
    if left is None and right is None:
        return symbol
    if symbol == "^":
        if right is None:
            return f"{left} ^ ( )"
        whole = right.replace("−", "-")
        return f"( ){whole.translate(SUPERSCRIPTS)}" if whole.lstrip("-").isdigit() else f"( ) ^ {right}"
    return f"{symbol} {right}" if left is None else f"{left} {symbol}"
