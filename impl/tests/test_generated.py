"""Code that was written by code is kept beside that of modules, and never taken for that of another text."""

from __future__ import annotations

import sys
import traceback

import pytest

from refgrad import generated


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty place for what is kept."""
    monkeypatch.setattr(generated, "PLACE", str(tmp_path / "__pycache__"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "__pycache__"


@pytest.fixture
def compilations(monkeypatch):
    """The texts that have been compiled."""
    texts = []

    def counting(text, *args):
        texts.append(text)
        return compile(text, *args)

    monkeypatch.setattr(generated, "compile", counting, raising=False)
    return texts


def value(text: str, filename: str = "<refgrad test>") -> int:
    scope = {}
    generated.run(text, filename, scope)
    return scope["x"]


def test_a_text_is_compiled_once(place, compilations):
    assert [value("x = 1"), value("x = 1")] == [1, 1]
    assert compilations == ["x = 1"]
    assert len(list(place.iterdir())) == 1


def test_another_text_of_the_same_name_is_another(place):
    assert [value("x = 1"), value("x = 2"), value("x = 1")] == [1, 2, 1]
    assert len(list(place.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"\xe3\x00", b"N", b"i\x05\x00\x00\x00"])
def test_what_is_no_code_is_made_anew(place, compilations, content):
    value("x = 1")
    (kept,) = place.iterdir()
    kept.write_bytes(kept.read_bytes()[:8] + content)
    assert [value("x = 1"), value("x = 1")] == [1, 1]
    assert compilations == ["x = 1"] * 2


def test_nothing_is_kept_where_no_bytecode_is_to_be_written(place, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert value("x = 1") == 1
    assert not place.exists()


def test_a_place_that_cannot_be_written_is_no_trouble(place):
    place.write_text("a file where a directory should be")
    assert [value("x = 1"), value("x = 1")] == [1, 1]


def test_tracebacks_show_kept_code(place):
    for _ in range(2):
        scope = {}
        generated.run("def f():\n    return 1 / 0\n", "<refgrad shown>", scope)
        with pytest.raises(ZeroDivisionError) as caught:
            scope["f"]()
        last = traceback.extract_tb(caught.tb)[-1]
        assert (last.name, last.line) == ("f", "return 1 / 0")
