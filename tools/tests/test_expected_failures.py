"""`--xfails`, `--write-xfails`, `--min-scenarios`: what is known to fail is written down, and holds both ways."""

import tomllib

import pytest

from gradspec.errors import UsageError
from gradspec.expected_failures import read_expected_failures
from gradspec.report.jsonl import read_record

NO_GRADIENTS = "Tensor.backward = lambda self: None"  # fails in constant, product and the course script
ENTRY = '[[xfails]]\nid = "{}"\nreason = "no gradients yet"\nlink = "https://example.org/issues/7"\n\n'
FAILING = ("basics.product", "basics.constant", "lectures.hello")


@pytest.fixture
def listed(tmp_path):
    """Write a file that says of these ids that they fail."""

    def write(*ids, name="xfails.toml"):
        path = tmp_path / name
        path.write_text("".join(map(ENTRY.format, ids)))
        return path

    return write


def test_what_fails_as_expected_conforms(fake, tiny, listed, gradspec):
    code, printed, complaint = gradspec("check", fake(NO_GRADIENTS), "--suite", tiny.root, "--xfails", listed(*FAILING))
    assert (code, complaint) == (0, "")
    assert "conforms: 2 pass, 3 xfail" in printed


def test_what_is_not_expected_fails(fake, tiny, listed, gradspec):
    code, printed, _ = gradspec("check", fake(NO_GRADIENTS), "--suite", tiny.root, "--xfails", listed(*FAILING[1:]))
    assert (code, "fail  basics.product" in printed, "basics.constant" in printed) == (1, True, False)


def test_an_unexpected_pass_fails_and_says_what_to_do(honest, tiny, listed, gradspec):
    path = listed("basics.product")
    code, printed, _ = gradspec("check", honest, "--suite", tiny.root, "--xfails", path)
    assert code == 1
    assert "xpass  basics.product" in printed
    assert f"It passes, and {path}:2 says that it fails: remove it there." in printed
    assert "does not conform: 4 pass, 1 xpass" in printed


GONE = {
    "basics.produkt": "Did you mean basics.product?",
    "nowhere.product": "remove it, or correct it.",
    "nothing": "remove it, or correct it.",
}


@pytest.mark.parametrize("id", GONE)
def test_an_id_that_is_gone_fails_and_is_named(id, honest, tiny, listed, gradspec):
    path = listed(id)
    code, printed, _ = gradspec("check", honest, "--suite", tiny.root, "--xfails", path)
    assert code == 1
    assert f"stale  {id}\n  {path}:2: There is no scenario {id!r} any more" in printed
    assert GONE[id] in printed
    assert "does not conform: 5 pass, 1 stale" in printed


def test_what_is_not_selected_is_not_missed(honest, tiny, listed, gradspec):
    code, _, _ = gradspec("check", honest, "--suite", tiny.root, "-k", "text", "--xfails", listed("basics.product"))
    assert code == 0


def test_a_crash_can_be_expected_too(fake, tiny, listed, gradspec):
    path = fake("import os\nTensor.backward = lambda self: os._exit(1)")
    code, printed, _ = gradspec("check", path, "--suite", tiny.root, "--xfails", listed(*FAILING))
    assert (code, "conforms: 2 pass, 3 xfail" in printed) == (0, True)


def test_the_harness_failing_is_never_expected(fake, own_tiny, listed, gradspec, monkeypatch):
    monkeypatch.setattr("gradspec.oracle.GoldenOracle.prepare", lambda *_: None)
    golden = own_tiny.golden / "basics.json"
    golden.write_text(golden.read_text().replace('"product": {', '"gone": {'))
    code, printed, _ = gradspec("check", fake(NO_GRADIENTS), "--suite", own_tiny.root, "--xfails", listed(*FAILING))
    assert (code, "infrastructure  basics.product" in printed) == (3, True)


ID, WHY, LINK = 'id = "basics.product"\n', 'reason = "why"\n', 'link = "https://example.org/7"\n'
MISTAKES = {  # the file: the line, and words of the sentence
    "[[xfails]\n": (1, "this is no TOML"),
    "a = 1\n": (1, "there is no key 'a'"),
    "xfails = 3\n": (1, "`xfails` is a list of tables"),
    f"[[xfails]]\n{WHY}{LINK}": (1, "either `id ="),
    f'[[xfails]]\n{ID}ids = ["basics.text"]\n{WHY}{LINK}': (1, "either `id ="),
    f"[[xfails]]\n{ID}{LINK}": (1, 'the entry has no reason: say why it fails, `reason = "..."`.'),
    f"[[xfails]]\n{ID}{WHY}": (1, "the entry has no link: say where that is tracked"),
    f'[[xfails]]\n{ID}reason = ""\n{LINK}': (3, "the reason is empty"),
    f"[[xfails]]\n{ID}reason = 7\n{LINK}": (3, "the reason is 7"),
    f'[[xfails]]\n{ID}{WHY}link = "soon"\n': (4, "'soon' is no link: give a URL"),
    f'[[xfails]]\n{ID}{WHY}link = "TODO"\n': (4, "the link of 'basics.product' is still \"TODO\""),
    f"[[xfails]]\n{ID}reasn = 'why'\n{LINK}": (3, "there is no key 'reasn' in an entry; did you mean 'reason'?"),
    f"[[xfails]]\nid = 3\n{WHY}{LINK}": (2, "3 is no id of a scenario"),
    f"[[xfails]]\nids = []\n{WHY}{LINK}": (2, "`ids` is empty"),
    f'[[xfails]]\nids = "basics.product"\n{WHY}{LINK}': (2, "`ids` is a list"),
    f'[[xfails]]\nids = [\n  "basics.text",\n  "basics.text",\n]\n{WHY}{LINK}': (4, "stands in line 3, too"),
    f"[[xfails]]\n{ID}{WHY}{LINK}\n# once more\n[[xfails]]\n{ID}{WHY}{LINK}": (8, "stands in line 2, too"),
}


@pytest.mark.parametrize("source", MISTAKES)
def test_mistakes_in_the_file_are_named_with_their_line(source, honest, tiny, tmp_path, gradspec):
    path = tmp_path / "xfails.toml"
    path.write_text(source)
    line, words = MISTAKES[source]
    code, printed, complaint = gradspec("check", honest, "--suite", tiny.root, "--xfails", path)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert complaint.startswith(f"gradspec: {path}:{line}: ")
    assert words in complaint


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_wrong_usage(content, honest, tmp_path, gradspec):
    path = tmp_path / "xfails.toml"
    if content is not None:
        path.write_bytes(content)
    code, _, complaint = gradspec("check", honest, "--xfails", path)
    assert (code, complaint.count("\n"), str(path) in complaint) == (2, 1, True)


def test_several_ids_share_a_reason(tmp_path):
    path = tmp_path / "xfails.toml"
    path.write_text(f'[[xfails]]\nids = ["basics.product", "basics.text"]\n{WHY}{LINK}')
    (entry,) = read_expected_failures(path).entries
    assert (entry.ids, entry.reason) == (("basics.product", "basics.text"), "why")


def test_a_file_is_made_from_a_run_and_makes_the_next_one_green(fake, tiny, tmp_path, gradspec):
    implementation, path = fake(NO_GRADIENTS), tmp_path / "xfails.toml"
    link = "https://example.org/issues/7"
    run = ("check", implementation, "--suite", tiny.root)
    code, printed, _ = gradspec(*run, "--write-xfails", path, "--xfail-link", link)
    assert code == 1, "the verdict is that of the run"
    assert f"wrote {path}: 3 expected failures, 3 new\n" in printed
    entries = tomllib.loads(path.read_text())["xfails"]
    assert [each["id"] for each in entries] == [*FAILING]
    assert {each["link"] for each in entries} == {link}
    assert entries[0]["reason"].startswith("gradient: kind: expected tensor(2.0")
    assert gradspec(*run, "--xfails", path)[0] == 0


def test_without_a_link_one_has_to_be_put_in(fake, tiny, tmp_path, gradspec):
    path = tmp_path / "xfails.toml"
    run = ("check", fake(NO_GRADIENTS), "--suite", tiny.root)
    _, printed, _ = gradspec(*run, "--write-xfails", path)
    assert "3 still need a link to where they are tracked" in printed
    code, _, complaint = gradspec(*run, "--xfails", path)
    assert (code, 'is still "TODO"' in complaint, "--xfail-link" in complaint) == (2, True, True)
    code, printed, _ = gradspec(*run, "--write-xfails", path, "--xfail-link", "https://example.org/7")
    assert "3 expected failures, 0 new" in printed
    assert gradspec(*run, "--xfails", path)[0] == 0


def test_what_is_known_keeps_its_words(fake, tiny, tmp_path, gradspec):
    path = tmp_path / "xfails.toml"
    head = "# Kept by hand.\n# Ask Ada."
    known = '["basics.constant", "basics.text", "basics.gone", "lectures.hello"]'
    path.write_text(f"{head}\n\n[[xfails]]\nids = {known}\nreason = 'an \"old\" story'\n{LINK}")
    code, printed, _ = gradspec(
        "check", fake(NO_GRADIENTS), "--suite", tiny.root, "--chapter", "basics", "--write-xfails", path
    )
    assert (code, "3 expected failures, 1 new, 2 removed" in printed) == (1, True)
    old, new = tomllib.loads(path.read_text())["xfails"]
    assert path.read_text().startswith(f"{head}\n\n[[xfails]]")
    assert old["ids"] == ["basics.constant", "lectures.hello"], "what was not run today stays"
    assert (old["reason"], new["id"]) == ('an "old" story', "basics.product")


def test_a_file_with_a_mistake_is_not_written_over(honest, tiny, tmp_path, gradspec):
    path = tmp_path / "xfails.toml"
    path.write_text("xfails = 3\n")
    assert gradspec("check", honest, "--suite", tiny.root, "--write-xfails", path)[0] == 2
    assert path.read_text() == "xfails = 3\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--xfail-link", "https://example.org"), "is for what `--write-xfails FILE` writes"),
        (("--write-xfails", "FILE", "--xfail-link", "soon"), "'soon' is no link"),
        (("--write-xfails", "FILE", "--repeat", "2"), "leave out `--repeat`"),
    ],
)
def test_wrong_usage_is_said(arguments, words, honest, tmp_path, gradspec):
    given = [str(tmp_path / "new.toml") if each == "FILE" else each for each in arguments]
    code, _, complaint = gradspec("check", honest, *given)
    assert (code, words in complaint, complaint.count("\n")) == (2, True, 1)


def test_the_record_keeps_what_was_expected(fake, tiny, listed, tmp_path, gradspec):
    path, json = listed(*FAILING, "basics.gone"), tmp_path / "run.jsonl"
    gradspec("check", fake(NO_GRADIENTS), "--suite", tiny.root, "--xfails", path, "--json", json)
    record = read_record(json)
    assert (record.exit_code, [each.id for each in record.footer.stale]) == (1, ["basics.gone"])
    (known,) = {each.expected.reason for each in record.results if each.outcome == "xfail"}
    assert known == "no gradients yet"
    assert not record.results[0].keeps("semantics"), "a failure that is expected is a failure"


def test_a_diagnosis_is_of_what_nobody_expected(fake, tiny, listed, monkeypatch):
    from gradspec.check import run_check

    seen = []
    monkeypatch.setattr("gradspec.diagnosis.diagnosing.diagnose", lambda results, _: seen.extend(results) or ())
    expected = read_expected_failures(listed("basics.constant", "basics.text"))
    run_check(fake(NO_GRADIENTS), suite=tiny, expected=expected)
    assert [each.id for each in seen] == ["basics.product", "basics.unlucky", "lectures.hello"]


def test_fewer_scenarios_than_asked_for_are_never_green(honest, tiny, gradspec):
    assert gradspec("check", honest, "--suite", tiny.root, "--min-scenarios", 5)[0] == 0
    code, printed, _ = gradspec("check", honest, "--suite", tiny.root, "--min-scenarios", 6)
    assert code == 2
    assert "was tried too little: 5 pass, of which 5 ran, and at least 6 should" in printed


def test_a_failure_is_one_however_few_ran(fake, tiny, gradspec):
    assert gradspec("check", fake(NO_GRADIENTS), "--suite", tiny.root, "--min-scenarios", 9)[0] == 1


def test_nothing_expected_without_a_file():
    assert read_expected_failures(None).by_id == {}
    with pytest.raises(UsageError, match="cannot be read"):
        read_expected_failures(__import__("pathlib").Path("/nowhere.toml"))
