"""Rubrics: the ready ones are right, and mistakes are explained at their line."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec import positions
from gradspec.errors import UsageError
from gradspec.grading.libraries import LIBRARIES
from gradspec.grading.model import Rubric
from gradspec.grading.rubric import digest_of, explain, path_of, read_rubric, ready, schema
from gradspec.grading.rubric_rules import selected_items
from gradspec.scenario import LECTURES, PROFILES
from gradspec.suite import find_suite

GOOD = """\
name = "homework"

[[items]]
id = "first"
title = "The first gradients"
points = 10
select = { scenarios = ["leaves.gradient_lands_on_the_leaf"] }

[[items]]
id = "second"
title = "Gradients that add up"
points = 5
needs = ["first"]
select = { scenarios = ["accumulation.second_backward_adds"] }
"""


@pytest.fixture
def written(tmp_path):
    def write(source):
        path = tmp_path / "rubric.toml"
        path.write_text(source, encoding="utf-8")
        return path

    return write


def test_there_is_a_ready_rubric_for_each_profile():
    assert set(ready()) == set(PROFILES)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_ready_rubrics_are_in_order(name):
    assert explain(path_of(name)) == []
    rubric = read_rubric(name)
    assert rubric.name == name
    assert sum(item.points for item in rubric.items) == 100
    assert all(item.hint for item in rubric.items)
    assert any(item.visibility == "hidden" and item.select.programs for item in rubric.items)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_ready_rubrics_ask_for_all_of_their_profile_once(name):
    suite, rubric = find_suite(), read_rubric(name)
    asked = [each.id for item in rubric.items for each in selected_items(suite, item.select)]
    assert len(asked) == len(set(asked))
    there = {each.id for chapter in PROFILES[name] or suite.names() for each in suite.items(chapter)}
    if name == "lecture":  # printed text does not count there, so what is nothing else cannot be asked for
        there -= {script.id for script in suite.items(LECTURES)} | {"grad_modes.a_decorated_function_keeps_its_name"}
    assert set(asked) == there


def test_what_is_left_out_is_filled_in(written):
    rubric = read_rubric(written(GOOD))
    assert rubric.forbid == tuple(LIBRARIES)
    assert {"values", "raised", "is_leaf"} <= set(rubric.facets)
    assert not {"dtype", "text", "message"} & set(rubric.facets)
    assert read_rubric(written('forbid = []\nfacets = ["semantics", "text"]\n' + GOOD)).forbid == ()


def test_the_digest_is_of_what_is_meant(written):
    digest = digest_of(read_rubric(written(GOOD)))
    assert digest_of(read_rubric(written("# a comment\n" + GOOD.replace("points = 10", "points = 10.0")))) == digest
    assert digest_of(read_rubric(written(GOOD.replace("points = 10", "points = 11")))) != digest


# What is replaced by what; the line; what the explanation contains.
MISTAKES = {
    "a key that there is not": ("points = 5", "pionts = 5\npoints = 5", 12, "did you mean 'points'?"),
    "no points": ("points = 5\n", "", 9, "no points"),
    "points of a wrong type": ("points = 5", 'points = "5"', 12, "a text ('5') where a number belongs"),
    "negative points": ("points = 5", "points = -5", 12, "worth -5 points"),
    "points that are no number": ("points = 5", "points = nan", 12, "worth nan points"),
    "no title": ('title = "Gradients that add up"\n', "", 9, "no title"),
    "an empty title": ("Gradients that add up", " ", 11, "title"),
    "an id with blanks": ('id = "second"', 'id = "the second"', 10, "no blanks"),
    "an id twice": ('id = "second"', 'id = "first"', 10, "each needs its own"),
    "an unknown visibility": ("points = 5", 'points = 5\nvisibility = "hiden"', 13, "did you mean 'hidden'?"),
    "needs of what is not there": ('["first"]', '["first", "thrid"]', 13, "which is no item"),
    "needs of itself": ('needs = ["first"]', 'needs = ["second"]', 13, "second -> second"),
    "an unknown chapter": ("scenarios = ", 'chapters = ["leafs"], scenarios = ', 7, "did you mean 'leaves'?"),
    "an unknown scenario": ("second_backward_adds", "second_backwards_adds", 14, "did you mean 'accumulation.second_b"),
    "a glob that selects nothing": ("leaves.gradient_lands_on_the_leaf", "leaves.nothing_*", 7, "No scenario"),
    "nothing selected": ('scenarios = ["accumulation.second_backward_adds"]', "", 14, "selects nothing"),
    "operators of no programs": ("scenarios = [", 'operators = ["add"], scenarios = [', 7, "how many `programs`"),
    "an unknown operator": ("scenarios = [", 'programs = 2, operators = ["ad"], scenarios = [', 7, "no operator 'ad'"),
    "scripts whose text does not count": ("scenarios = [", 'chapters = ["lectures"], scenarios = [', 7, '"text"'),
    "an unknown library": ('name = "homework"', 'name = "homework"\nforbid = ["torhc"]', 2, "did you mean 'torch'?"),
    "an unknown facet": ('name = "homework"', 'name = "homework"\nfacets = ["semantic"]', 2, "no facet"),
    "facets without values": ('name = "homework"', 'name = "homework"\nfacets = ["shape"]', 2, "nothing to compare"),
    "no time": ('name = "homework"', 'name = "homework"\nseconds = 0', 2, "`seconds`"),
    "no memory": ('name = "homework"', 'name = "homework"\nmemory = 512', 2, "`memory`"),
    "an entry elsewhere": ('name = "homework"', 'name = "homework"\nentry = "../x.py"', 2, "`entry`"),
    "no TOML": ("points = 5", "points = ", 12, "no TOML"),
    "items that are no tables": (GOOD[GOOD.index("[[") :], "items = [1]", 3, "a table"),
    "no items": (GOOD[GOOD.index("[[") :], "items = []", 3, "no items"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_explained_at_their_line(mistake, written):
    old, new, line, words = MISTAKES[mistake]
    path = written(GOOD.replace(old, new, 1) if mistake != "needs of what is not there" else GOOD.replace(old, new))
    found = [each for each in explain(path) if not each.warning]
    assert [(each.line, words in each.text) for each in found if words in each.text] == [(line, True)]
    with pytest.raises(UsageError, match=r"rubric\.toml:\d+: "):
        read_rubric(path)


def test_a_circle_is_named(written):
    source = GOOD.replace('id = "first"', 'id = "first"\nneeds = ["second"]')
    assert "first -> second -> first" in str(explain(written(source))[0])


def test_all_mistakes_are_found_at_once(written):
    source = GOOD.replace("points = 10", "points = 0").replace("points = 5", "points = -1")
    assert [each.line for each in explain(written(source))] == [6, 12]
    with pytest.raises(UsageError, match="shows 1 more"):
        read_rubric(written(source))


def test_asking_twice_is_a_warning(written):
    source = GOOD.replace("accumulation.second_backward_adds", "leaves.gradient_lands_*")
    (problem,) = explain(written(source))
    assert problem.warning
    assert "count twice" in problem.text
    assert len(read_rubric(written(source)).items) == 2


def test_points_that_cannot_be_lost_are_a_warning(written):
    source = GOOD.replace("accumulation.second_backward_adds", "printing.scalars")
    (problem,) = explain(written(source))
    assert (problem.line, problem.warning) == (14, True)
    assert "printing.scalars" in problem.text
    assert explain(written('facets = ["semantics", "text"]\n' + source)) == []


def test_a_rubric_that_is_not_there():
    with pytest.raises(UsageError, match="did you mean 'lecture'"):
        read_rubric("lectur")
    with pytest.raises(UsageError, match=r"There is no rubric nowhere\.toml"):
        read_rubric("nowhere.toml")


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        explain(path)


def test_the_commands(gradspec, written):
    code, out, _ = gradspec("rubric", "check", written(GOOD))
    assert (code, out.endswith("is in order: 2 items, 15 points\n")) == (0, True)
    code, out, _ = gradspec("rubric", "check", written(GOOD.replace("points = 5", "points = -5")))
    assert code == 2
    assert "rubric.toml:12: " in out
    code, out, _ = gradspec("rubric", "show", "lecture")
    assert (code, tomllib.loads(out)["name"]) == (0, "lecture")
    code, out, _ = gradspec("rubric", "schema")
    assert (code, json.loads(out)) == (0, json.loads(json.dumps(schema())))
    assert gradspec("rubric", "check", "nowhere.toml")[0] == 2


def test_the_schema_knows_every_field():
    properties = schema()["$defs"]
    for name, fields in {"Rubric": Rubric.__struct_fields__}.items():
        assert set(properties[name]["properties"]) == set(fields)
    assert "leaves" in properties["Selected"]["properties"]["chapters"]["items"]["enum"]


TOML = """\
a = 1 # [not.a.table]
text = \"\"\"
b = 2
\"\"\"
"quoted key" = 'it''s'
[table]
list = [
  [1, 2],
  { x = 1, y = [3,
    4] },
]
dotted.key = 1.5
[[many]]
k = "]"
[many.inner]
deep = 1979-05-27 07:32:00
[[many]]
"""


def test_lines_of_toml():
    source = TOML.replace("'it''s'", '"it\\"s"')
    lines = positions.lines_of(source)
    expected = {
        ("a",): 1,
        ("text",): 2,
        ("quoted key",): 5,
        ("table", "list"): 7,
        ("table", "list", 0, 1): 8,
        ("table", "list", 1, "x"): 9,
        ("table", "list", 1, "y", 1): 10,
        ("table", "dotted", "key"): 12,
        ("many", 0, "k"): 14,
        ("many", 0, "inner", "deep"): 16,
        ("many", 1): 17,
    }
    assert {place: lines.get(place) for place in expected} == expected
    assert set(places(tomllib.loads(source))) <= set(lines)


def places(value, place=()):
    yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*place, key))


KEYS = st.text("abcxyz", min_size=1, max_size=4)
LEAVES = st.integers() | st.booleans() | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_value_of_a_toml_file_has_a_line(data):
    source = "\n".join(f"{key} = {inline(value)}" for key, value in data.items())
    assert tomllib.loads(source) == data
    assert set(places(data)) == set(positions.lines_of(source))


def inline(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value, ensure_ascii=False)
