"""The tables of messages: what the code asks for is there, and what is there is asked for."""

import re
import tomllib
from pathlib import Path

import pytest

import refgrad
from refgrad import messages

PACKAGE = Path(refgrad.__file__).parent
TABLES = {path.stem: path for path in sorted((PACKAGE / "messages").glob("*.toml"))}
KEY = re.compile(rf'"((?:{"|".join(TABLES)})\.[A-Za-z0-9_]+)"')
USED = {
    key for path in PACKAGE.rglob("*.py") if path.parent.name != "messages" for key in KEY.findall(path.read_text())
}


@pytest.mark.parametrize("key", sorted(USED))
def test_every_key_in_the_code_is_in_a_table(key):
    name, _, line = key.partition(".")
    assert line in messages.table(name)


@pytest.mark.parametrize("name", TABLES)
def test_every_line_of_a_table_is_used(name):
    assert {f"{name}.{line}" for line in messages.table(name)} <= USED


@pytest.mark.parametrize("name", TABLES)
def test_no_key_stands_under_two_classes(name):
    kinds = tomllib.loads(TABLES[name].read_text())
    assert sum(map(len, kinds.values())) == len(messages.table(name))


def test_a_value_is_spelled_as_its_place_says():
    x = refgrad.zeros(2, 3)
    spelled = messages.Speller().vformat(
        "{:shape} {:shape} {:dtype} {:ctype} {:type} {n}", (x, (1,), x, x, x), {"n": 1}
    )
    assert spelled == "[2, 3] [1] Float float Tensor 1"
