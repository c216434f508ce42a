"""The tables of messages: what the code asks for is there, and what is there is asked for."""

import re
import tomllib
from pathlib import Path

import pytest

import refgrad
from refgrad import messages
from refgrad.derivatives import kernels

PACKAGE = Path(refgrad.__file__).parent
TABLES = {path.stem: path for path in sorted((PACKAGE / "messages").glob("*.toml"))}
KEY = re.compile(rf'(?<!need_tensors\()"((?:{"|".join(TABLES)})\.[A-Za-z0-9_]+)"')
PUT_TOGETHER = re.compile(rf'f"((?:{"|".join(TABLES)})\.(?:[^"{{ ]|{{[^}}]*}})*)"')
CODE = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.parent.name != "messages")
USED = {*KEY.findall(CODE)}
FORMS = [re.compile(re.sub(r"{[^}]*}", r"\\w*", key)) for key in PUT_TOGETHER.findall(CODE)]
USED |= {words for refusals in kernels.REFUSED.values() for *_, words in refusals if "." in words}


@pytest.mark.parametrize("key", sorted(USED))
def test_every_key_in_the_code_is_in_a_table(key):
    name, _, line = key.partition(".")
    assert line in messages.table(name)


@pytest.mark.parametrize("name", TABLES)
def test_every_line_of_a_table_is_used(name):
    there = {f"{name}.{line}" for line in messages.table(name)}
    assert {key for key in there - USED if not any(form.fullmatch(key) for form in FORMS)} == set()


@pytest.mark.parametrize("name", TABLES)
def test_no_key_stands_under_two_classes(name):
    kinds = tomllib.loads(TABLES[name].read_text())
    assert sum(map(len, kinds.values())) == len(messages.table(name))


def test_a_value_is_spelled_as_its_place_says():
    x = refgrad.zeros(2, 3)
    words = "{0:shape} {1:shape} {0:dtype} {0:ctype} {0:type} {1[0]} {0.shape[1]} {n:g} {n!r}"
    spelled = words.format(*map(messages.Spelled, (x, (1,))), n=messages.Spelled(2.0))
    assert spelled == "[2, 3] [1] Float float Tensor 1 3 2 2.0"
