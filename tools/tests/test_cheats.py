"""The cheats: each a wrong submission that tries one thing. None gets a point for it, and each ends in a true verdict.

They stand in `cheats/`, built on one base, which gets sums right and products wrong; what reaches its prize gets
everything right, so that a trick that works is seen in the points.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from gradspec import cli
from gradspec.grading.submissions import find_submissions
from gradspec.jail import Tier, available
from gradspec.process import family

if sys.platform != "linux":
    pytest.skip("a jail needs Linux", allow_module_level=True)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # what stands beside this file can be imported, here and in the grader's processes
try:
    import cheat_archives
    import cheat_run
    from test_jail import as_nobody
finally:
    sys.path.remove(str(HERE))

PRODUCTS = ("leaves.gradient_lands_on_the_leaf", "leaves.every_leaf_gets_its_own_partial")
FLAG = "leaves.requires_grad_is_false_by_default"
SUM = "accumulation.second_backward_adds"
RUBRIC = f"""
name = "Cheats"
entry = "student.py"
facets = ["observations", "kind", "raised", "number", "values", "shape"]
seconds = 1.0
memory = {128 << 20}
output = {cheat_run.OUTPUT}

[[items]]
id = "product"
title = "The gradient of a product"
points = 5
select = {{ scenarios = {json.dumps(PRODUCTS)} }}

[[items]]
id = "sum"
title = "Gradients add up"
points = 3
visibility = "hidden"
select = {{ scenarios = ["{SUM}"] }}

[[items]]
id = "flag"
title = "What was asked for"
points = 2
visibility = "hidden"
select = {{ scenarios = ["{FLAG}"] }}
"""
LIVE = find_spec("torch") is not None
# How a cheat ends that is not simply contained; those that are not named here get exactly what their base gets.
ENDS = {
    "killed": """
        aborts_with_core answers_for_others closes_descriptors deep_replies exits_with_zero floods_warnings
        forges_declined forges_verdicts kills_itself malformed_replies segmentation_fault stack_overflow
        switches_to_declining declares_unsupported unprintable_error writes_results_and_exits writes_to_all_descriptors
        huge_numbers forks_and_both_answer child_answers_later reads_ahead
    """,
    "timeout": """
        deadlock fork_bomb infinite_loop loses_questions sleeps stops_itself
        swallows_everything thread_bomb restless_forks reads_ahead
    """,
    "out of memory": """
        drips endless_tolist memory_bomb memory_in_children oversized_replies floods_warnings
        recursive_values
    """,
    "output flood": "floods_errors floods_output floods_replies oversized_replies",
    "exception": """
        at_exit blames_the_scenario boolean_gradients calls_itself_unsupported declares_unsupported endless_tolist
        lying_array lying_class lying_tolist markup_messages megabytes_of_message raising_descriptors recursive_values
        surrogates system_exit_at_import vendors_refgrad_zipped huge_numbers lying_float unprintable_error
        restless_forks forks_and_both_answer zip_bomb escapes hard_link nan_everywhere lying_equality
    """,
    "wrong gradient": """
        forks_and_both_answer child_answers_later reads_ahead lying_float lying_equality nan_everywhere patches_builtins
        raising_descriptors huge_numbers recursive_values boolean_gradients lying_class lying_tolist lying_array
        table_of_goldens
    """,
    "wrong value": """
        patches_json patches_the_worker boolean_gradients lying_class recursive_values writes_to_all_descriptors
        table_of_goldens child_answers_later forks_and_both_answer
    """,
    "wrong shape": "lying_tolist lying_array",
    "import denied": """
        imports_torch imports_torch_quietly calls_compare vendors_refgrad_renamed vendors_refgrad_as_torch
        vendors_refgrad_encoded vendors_refgrad_in_pieces vendors_refgrad_scrambled
    """,
}
ALLOWED = {}
for outcome, which in ENDS.items():
    for each in which.split():
        ALLOWED.setdefault(each, set()).add(outcome)
# What is so much work that a machine under load may not get to its end.
for each in " ".join([ENDS["out of memory"], ENDS["output flood"], "megabytes_of_message deep_replies"]).split():
    ALLOWED[each].add("timeout")
TABLES = ("table_of_goldens", "knows_published_gradients")  # of use where inputs are the published ones
HONEST, CAUGHT = ("a_right", "m_right", "z_right"), ("a_wrong", "m_wrong", "z_wrong")
# What is tried again in weaker jails, where starting a process takes long.
AGAIN = """
    aborts_with_core changes_modes drips forges_declined hidden_memory imports_past_the_finder inspects_gc kills_others
    limits_others memory_files network reads_other_submissions reads_proc reads_the_goldens reads_the_journal
    restless_forks runs_another_python scans_its_memory shared_memory traces_others writes_everywhere
""".split()


class Corpus:
    """All cheats, handed in and graded once."""

    def __init__(self, root):
        self.folder, self.out, self.left = root / "handed in", root / "out", root / "left"
        self.left.mkdir()
        self.left.chmod(0o777)
        wrong = (cheat_run.CHEATS / cheat_run.BASE).read_bytes()
        with cheat_run.listening() as where:
            told = cheat_run.what_is_told(self.folder, self.out, self.left, *where)
            sources = {name: (cheat_run.CHEATS / f"{name}.py").read_text() for name in cheat_run.names()}
            sources |= dict.fromkeys(HONEST, cheat_run.HONEST) | dict.fromkeys(CAUGHT, cheat_run.CAUGHT)
            sources["table_of_goldens"] = cheat_archives.table([*PRODUCTS, SUM, FLAG])
            cheat_run.hand_in(self.folder, sources, **told)
            for name, files in {**cheat_archives.with_libraries(), **cheat_archives.with_hooks(wrong)}.items():
                for path, text in files.items():
                    place = self.folder / name / path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(text if isinstance(text, bytes) else text.encode())
            cheat_archives.write_archives(self.folder, wrong)
            self.before = find_submissions(self.folder)
            (root / "rubric.toml").write_text(RUBRIC)
            self.code = self._grade(root / "rubric.toml")
        self.sittings = cheat_run.verdicts(self.out)
        with open(self.out / "gradebook.csv", newline="") as book:
            self.book = {line["name"]: line for line in csv.DictReader(book)}

    def _grade(self, rubric):
        arguments = ["grade", self.folder, "--rubric", rubric, "--out", self.out, "--jobs", "2"]
        arguments += ["--seed", cheat_run.SEED, "--oracle", "live" if LIVE else "golden", "--min-tier", "limits"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["gradspec", *map(str, arguments)])
            with pytest.raises(SystemExit) as exit_info:
                cli.main()
        return exit_info.value.code or 0

    @property
    def cheats(self):
        return [name for name in self.sittings if name not in (*HONEST, *CAUGHT)]

    def outcomes(self, name, sittings=None):
        """The outcome of each question, by its id."""
        sitting = (sittings or self.sittings)[name]
        if sitting.refused:
            return dict.fromkeys(self.outcomes("a_wrong"), sitting.outcome)
        return {each.question: each.outcome for each in sitting.verdicts}


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """What stands beside this file, in the processes that a grader starts."""
    monkeypatch.syspath_prepend(str(HERE))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("cheats")
    for above in (root, *root.parents):  # who sits in a jail is another user
        if not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o055)
    before = jailed()
    found = Corpus(root)
    for _ in range(200):  # who is killed takes a moment to be gone
        found.left_behind = jailed() - before
        if not found.left_behind:
            break
        time.sleep(0.1)
    return found


def jailed():
    """The processes that are, or were, in a jail and of which nobody takes care any more."""
    found = set()
    own = set(family(os.getpid()))
    for place in Path("/proc").iterdir():
        try:
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            mine = int(place.name) in own or parent == "1"
            if mine and state != "Z" and b"gradspec.confine" in (place / "cmdline").read_bytes():
                found.add(place.name)
        except (OSError, ValueError):
            continue
    return found


def check(name, outcomes, base):
    """That a cheat with these outcomes has gained nothing, and ended as it should."""
    for question, outcome in outcomes.items():
        assert outcome in ALLOWED.get(name, {base[question]}) or outcome == base[question], (name, outcomes)
        assert outcome != "pass" or base[question] == "pass", f"{name} has got {question} right"


def test_the_corpus_is_large_and_every_cheat_says_what_it_tries(corpus):
    assert len(corpus.cheats) >= 48
    assert not ALLOWED.keys() - set(corpus.cheats)
    for name in cheat_run.names():
        first = (cheat_run.CHEATS / f"{name}.py").read_text().splitlines()[0]
        assert first.startswith('"""'), name
        assert first.endswith('."""'), name


def test_the_base_earns_something_and_the_prize_everything(corpus):
    wrong = dict.fromkeys((*PRODUCTS, FLAG), "wrong gradient") | {SUM: "pass"}
    assert LIVE is False or corpus.outcomes("a_wrong") == wrong
    assert set(corpus.outcomes("a_right").values()) == {"pass"}
    assert corpus.book["a_right"]["total"] == "10.00"


def test_every_cheat_is_graded(corpus):
    assert corpus.code == 0
    assert "infrastructure" not in {outcome for name in corpus.sittings for outcome in corpus.outcomes(name).values()}


def test_no_cheat_earns_a_point(corpus):
    base = corpus.outcomes("a_wrong")
    for name in corpus.cheats:
        if LIVE or name not in TABLES:
            check(name, corpus.outcomes(name), base)
            for item in ("product", "sum", "flag", "total"):
                assert float(corpus.book[name][item]) <= float(corpus.book["a_wrong"][item]), (name, item)


@pytest.mark.parametrize("name", sorted(each for each in ALLOWED if "wrong" not in str(ALLOWED[each])))
def test_the_verdict_is_true(corpus, name):
    """What a cheat did is what is said of it, and it was done: a trick that does nothing is no test."""
    assert set(corpus.outcomes(name).values()) & ALLOWED[name], corpus.outcomes(name)


@pytest.mark.skipif(not LIVE, reason="fresh inputs need PyTorch")
def test_tables_would_do_on_published_inputs(corpus, tmp_path):
    """What fresh inputs are for."""
    folder = tmp_path / "tables"
    for name in TABLES:
        shutil.copytree(corpus.folder / name, folder / name)
    published = make_exam_of_published_inputs(corpus)
    cheat_run.grade_again(folder, tmp_path / "out", published, best_invigilator(), jobs=1)
    found = cheat_run.verdicts(tmp_path / "out")
    assert set(corpus.outcomes(TABLES[0], found).values()) == {"pass"}
    assert {corpus.outcomes(TABLES[1], found)[each] for each in PRODUCTS} == {"pass"}


def make_exam_of_published_inputs(corpus):
    from gradspec.grading.exam import make_exam
    from gradspec.suite import find_suite

    kept = cheat_run.last_run(corpus.out)
    return kept.rubric, make_exam(kept.rubric, find_suite(), cheat_run.SEED, "golden")


def best_invigilator():
    return {
        Tier.NAMESPACES: "OnlyNamespaces", Tier.BUBBLEWRAP: "OnlyBubblewrap", Tier.LIMITS: "OnlyLimits"
    }[available()[0]]  # fmt: skip


def asked(corpus):
    kept = cheat_run.last_run(corpus.out)
    return kept.rubric, kept.exam


def briefly(corpus):
    """The same with two questions, for jails that take long to make."""
    rubric, exam = asked(corpus)
    questions = tuple(each for each in exam.questions if each.id in (PRODUCTS[0], SUM))
    return rubric, msgspec.structs.replace(exam, questions=questions)


def test_others_get_what_they_get_alone(corpus, tmp_path):
    folder, out = tmp_path / "alone", tmp_path / "out"
    for name in (HONEST[0], CAUGHT[0]):
        shutil.copytree(corpus.folder / name, folder / name)
    cheat_run.grade_again(folder, out, asked(corpus), best_invigilator(), jobs=1)
    alone = cheat_run.verdicts(out)
    for names in (HONEST, CAUGHT):
        for name in names:
            assert corpus.sittings[name].verdicts == alone[names[0]].verdicts
        results = [
            json.loads((each / "students" / names[0] / "results.json").read_text()) for each in (corpus.out, out)
        ]
        assert results[0] == results[1]


def test_nobody_is_left_behind(corpus):
    assert corpus.left_behind == set()


def test_nothing_was_written_and_nothing_changed(corpus):
    assert find_submissions(corpus.folder) == corpus.before
    assert list(corpus.left.iterdir()) == []
    for place in (corpus.folder.parent, corpus.folder, corpus.out, cheat_run.PROJECT, Path("/tmp"), Path("/")):
        assert not (place / "left_by_a_cheat").exists()


class Tags(HTMLParser):
    """Which tags a page has."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)


def test_the_books_are_well_formed(corpus):
    assert set(corpus.book) == set(corpus.sittings)
    ET.parse(corpus.out / "junit.xml")
    pages = [corpus.out / "index.html"]
    for name in corpus.sittings:
        student = corpus.out / "students" / name
        results = json.loads((student / "results.json").read_text(encoding="utf-8"))
        assert results["score"] == float(corpus.book[name]["total"])
        assert len(json.dumps(results)) < 100_000
        pages.append(student / "feedback.html")
    for page in pages:
        text, tags = page.read_text(encoding="utf-8"), Tags()
        tags.feed(text)
        assert not tags.found & {"img", "iframe", "object"}, page
        assert "alert('cheat')</script>" not in text, page
        assert "<script>alert(2)" not in text, page


def again(corpus, folder):
    for name in (*AGAIN, HONEST[0], CAUGHT[0]):
        shutil.copytree(corpus.folder / name, folder / name)


def check_again(corpus, out, tier):
    found = cheat_run.verdicts(out)
    base = corpus.outcomes("a_wrong")
    assert set(found) == {*AGAIN, HONEST[0], CAUGHT[0]}
    for name, sitting in found.items():
        assert sitting.tier == tier
        if name != HONEST[0]:
            check(name, corpus.outcomes(name, found), base)
    assert set(corpus.outcomes(HONEST[0], found).values()) == {"pass"}


@pytest.mark.skipif(Tier.BUBBLEWRAP not in available(), reason="bubblewrap is not installed, or not allowed")
def test_cheats_in_bubblewrap(corpus, tmp_path):
    again(corpus, tmp_path / "in")
    cheat_run.grade_again(tmp_path / "in", tmp_path / "out", briefly(corpus), "OnlyBubblewrap")
    check_again(corpus, tmp_path / "out", "bubblewrap")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.skipif(not (shutil.which("unshare") and shutil.which("setpriv")), reason="needs util-linux")
@pytest.mark.parametrize(("invigilator", "tier"), [("OnlyNamespaces", "namespaces"), ("OnlyLimits", "limits")])
def test_cheats_graded_by_an_ordinary_user(corpus, tmp_path_factory, invigilator, tier):
    """In the weakest jail they are the grader's own user, too."""
    if subprocess.run(as_nobody("-c", "import gradspec.jail"), capture_output=True, check=False).returncode:
        pytest.skip("nobody cannot run this Python")
    root = tmp_path_factory.mktemp("nobody")
    again(corpus, root / "in")
    exam = root / "exam.json"
    exam.write_bytes(msgspec.json.encode(briefly(corpus)))
    for each in (root, *root.rglob("*")):
        os.chown(each, 65534, 65534)
    for above in root.parents:
        if not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o055)
    command = as_nobody(*map(str, (HERE / "cheat_run.py", root / "in", root / "out", exam, invigilator)))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    check_again(corpus, root / "out", tier)
