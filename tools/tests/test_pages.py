"""The pages of a grading, as a browser sees them: Chromium without a window, where it is installed."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EVIL = (
    "<script>alert(1)</script><script>document.title='taken'</script></textarea><img src=x onerror=\"document.title='taken'\">"
    '</pre></code></table><a href="javascript:alert(2)">click</a> &lt;b&gt; \x00\x1b[31m \u202e'
)
# Appended to a copy of the page, which is shown in a frame as wide as a phone: no window of the browser is that narrow.
PROBE = """<script>
window.addEventListener("load", () => {
  const wide = document.documentElement;
  const beyond = [...document.querySelectorAll("body *")].filter((each) =>
    each.getBoundingClientRect().right > wide.clientWidth + 1 && !each.closest(".scroll, pre, svg"));
  const tags = [...document.querySelectorAll("script, img, iframe, textarea, link, object, a")];
  parent.postMessage(JSON.stringify({
    width: wide.clientWidth, scroll: wide.scrollWidth, beyond: beyond.map((each) => each.outerHTML.slice(0, 200)),
    tags: tags.map((each) => each.localName + " " + (each.getAttribute("href") ?? "")),
    small: [...document.querySelectorAll("body *")].filter((each) => !each.closest("svg") && each.textContent.trim() &&
      parseFloat(getComputedStyle(each).fontSize) < 10).length,
    text: document.body.innerText,
    searchable: document.querySelector("search")?.hidden === false,
  }), "*");
});
</script>"""
FRAME = """<!doctype html><title>nothing</title><script>
addEventListener("message", (event) => { document.querySelector("pre").textContent = event.data; });
</script><pre></pre><iframe src="{name}" style="border: 0; width: 390px; height: 844px"></iframe>"""


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """The directory of a grading with all that may become of a submission, text that means harm included."""
    monkeypatch.syspath_prepend(str(HERE))
    from made_up_grader import grade_folder

    folder = tmp_path / "handed in"
    folder.mkdir()
    texts = {"ann": "right", "bob": "half", "cy": f"wrong\n{EVIL}", "dan": "refused", "eve": "infrastructure"}
    texts["<img src=x onerror=alert(3)>"] = "half"
    texts["a" * 90] = f"half\n{'long' * 400}"
    for name, text in texts.items():
        (folder / name).write_text(text)
    grade_folder(folder, tmp_path / "out")
    grade_folder(folder, tmp_path / "out", points=20.0)  # so that there is a regrade to be shown
    return tmp_path / "out"


def pages(out):
    return [out / "index.html", *sorted(out.glob("students/*/feedback.html"))]


def test_every_page_needs_no_other_and_shows_nothing_handed_in_as_markup(graded):
    for path in pages(graded):
        text = path.read_text()
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
        assert "default-src 'none'" in text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "\u202e" not in text
        scripts = re.findall(r"<script", text)
        assert len(scripts) == (1 if path.name == "index.html" else 0)
    page = (graded / "students" / "cy" / "feedback.html").read_text()
    assert html.escape("<script>alert(1)</script>") in page
    assert "\\u0000\\u001b[31m \\u202e" in page


def test_nothing_handed_in_is_markup_in_what_gradescope_renders(graded):
    results = json.loads((graded / "students" / "cy" / "results.json").read_text())
    outputs = [results["output"], *(each["output"] for each in results["tests"])]
    allowed = {
        "p", "strong", "code", "article", "h3", "cite", "table", "thead", "tbody", "tr", "th", "td", "small",
        "details", "summary", "ul", "li", "pre", "span",
    }  # fmt: skip
    assert {tag for each in outputs for tag in re.findall(r"</?([a-z0-9]+)", each)} <= allowed
    assert html.escape("<script>alert(1)</script>") in outputs[1]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_in_a_browser_each_page_is_sound_and_fits_a_phone(graded, tmp_path):
    for number, path in enumerate(pages(graded)):
        text = path.read_text()
        # The page's own policy stays; the probe needs scripts, which a page without any forbids.
        probed = text.replace("style-src 'unsafe-inline'\"", "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"")
        copy, frame = path.with_name(f"probed{number}.html"), path.with_name(f"frame{number}.html")
        copy.write_text(probed.replace("</body>", f"{PROBE}</body>").replace("<details>", "<details open>"))
        frame.write_text(FRAME.replace("{name}", copy.name))
        dumped, complaints = browse(frame, tmp_path / f"profile{number}")
        assert complaints == []
        found = json.loads(html.unescape(re.search(r"<pre>(.+?)</pre>", dumped, re.DOTALL)[1]))
        assert found["scroll"] <= found["width"] <= 390, path
        assert found["beyond"] == [], path
        assert found["small"] == 0, path
        assert {tag.split()[0] for tag in found["tags"]} <= {"script", "a"}
        assert not [tag for tag in found["tags"] if "javascript" in tag]
        assert found["searchable"] == (path.name == "index.html")  # its own script has run
        if path.parent.name == "cy":
            assert "<script>alert(1)</script>" in found["text"]
            assert "</textarea><img src=x onerror=" in found["text"]


def browse(path, profile):
    """The document after its scripts have run, and what the console says."""
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={profile}", "--enable-logging=stderr", "--v=0"]
    command += ["--virtual-time-budget=2000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
