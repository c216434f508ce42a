"""The bank's fingerprints in a file: the signs that every scenario shows on every fault, packed.

The file has all scenarios and all signs in a table each; compressed, the sets of signs that occur, by their numbers; and
of each fault, compressed, the number of the set that every scenario shows, in two bytes; set 0 is empty: a pass.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from gradspec.diagnosis.signs import Fingerprint
from gradspec.errors import HarnessError
from gradspec.files import write_atomically

FORMAT = 2
FILE = Path(__file__).with_name("fingerprints.json")


class Fingerprints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """scenarios: their ids, in the order of the suite. sets: lists of numbers of signs, packed. faults: by name, packed."""

    format: int
    scenarios: tuple[str, ...]
    signs: tuple[str, ...]
    sets: str
    faults: dict[str, str]

    @cached_property
    def _shown(self) -> list[frozenset[str]]:
        sets = msgspec.json.decode(unpacked(self.sets), type=list[list[int]])
        return [frozenset(self.signs[each] for each in numbers) for numbers in sets]

    @cached_property
    def _read(self) -> dict[str, Fingerprint]:
        """What was unpacked before."""
        return {}

    def of(self, fault: str) -> Fingerprint:
        """By scenario that does not pass, what it shows on `fault`."""
        if fault not in self._read:
            numbers = array("H")
            numbers.frombytes(unpacked(self.faults[fault]))
            found = {id: self._shown[number] for id, number in zip(self.scenarios, numbers, strict=True) if number}
            self._read[fault] = found
        return self._read[fault]


def pack(found: Mapping[str, Fingerprint], scenarios: Sequence[str]) -> Fingerprints:
    """The fingerprints of faults, by name, as a file holds them."""
    occurring = Counter(each for one in found.values() for each in one.values())
    signs = sorted({sign for each in occurring for sign in each})
    numbers = {sign: number for number, sign in enumerate(signs)}
    lists = {each: sorted(numbers[sign] for sign in each) for each in occurring}
    ordered = [frozenset[str](), *sorted(occurring, key=lambda each: (-occurring[each], lists[each]))]
    places = {each: place for place, each in enumerate(ordered)}
    faults = {}
    for name, one in sorted(found.items()):
        row = array("H", [places[one.get(id, frozenset())] for id in scenarios])
        faults[name] = packed(row.tobytes())
    sets = packed(msgspec.json.encode([lists.get(each, []) for each in ordered]))
    return Fingerprints(FORMAT, tuple(scenarios), tuple(signs), sets, faults)


def packed(data: bytes) -> str:
    return base64.b85encode(zlib.compress(data, 9)).decode()


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


def write_fingerprints(path: Path, fingerprints: Fingerprints) -> None:
    """As JSON, a line a fault, so that a change is seen as one. Raises UsageError where it cannot be written."""
    parts = []
    for name in fingerprints.__struct_fields__:
        value = getattr(fingerprints, name)
        text = msgspec.json.encode(value).decode()
        if name == "faults":
            lines = (f"{msgspec.json.encode(k).decode()}:{msgspec.json.encode(v).decode()}" for k, v in value.items())
            text = "{\n" + ",\n".join(lines) + "\n}"
        parts.append(f'"{name}":{text}')
    write_atomically(path, "{" + ",\n".join(parts) + "}\n")


def read_fingerprints(path: Path = FILE) -> Fingerprints:
    """Raises HarnessError where the file is not there or not of this format."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=Fingerprints)
    except (OSError, msgspec.DecodeError) as error:
        raise HarnessError(f"The fingerprints {path} cannot be read: {error}.") from None
    if read.format != FORMAT:
        raise HarnessError(f"The fingerprints {path} are of format {read.format}, not {FORMAT}.")
    return read
