"""The documentation is whole, and its tutorials run. Oracles: the committed matrix, `dir(plausible)`, its links."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from subprocess import PIPE, CompletedProcess, Popen
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import pytest

import plausible as pl
from docs import api
from docs.docstrings import prose, rst
from docs.links import MOVED, rewritten
from docs.site_pages import number
from plausible.registry import registry
from plausible.registry.criticisms import CRITICISMS
from tests.checkout import copied
from tests.processes import finished, started

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("plot_*.py"))
NEEDED = {"plot_09_spiking": "brian2", "plot_11_reading_results": "duckdb", "plot_12_cluster": "distributed"}
LAST = {  # the last line that a tutorial prints, where it says that two things are the same
    "plot_12_cluster": r"\d+ measurements, all the same: True",
}


# A process that has imported the libraries that tutorials use, and nothing of ours; it forks one for each script.
WARM = """
import json, os, runpy, sys
import matplotlib.pyplot, pandas, scipy.stats, sklearn.datasets, sklearn.model_selection
for line in sys.stdin:
    asked = json.loads(line)
    if process := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
        continue
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(asked["out"], os.O_WRONLY | os.O_CREAT), 1)
    os.dup2(1, 2)
    os.chdir(asked["folder"])
    os.environ["PLAUSIBLE_RESULTS"] = asked["results"]
    sys.argv, sys.path[0] = [asked["script"]], asked["folder"]
    runpy.run_path(asked["script"], run_name="__main__")
    break
"""


@pytest.fixture(scope="module")
def warm() -> Iterator[Popen[str]]:
    """Libraries take half the time of a tutorial to import."""
    env = {**os.environ, "MPLBACKEND": "agg"}
    with started([sys.executable, "-W", "error", "-c", WARM], env=env, stdin=PIPE, stderr=None) as process:
        yield process


@pytest.mark.parametrize("script", TUTORIALS, ids=lambda script: script.stem)
def test_a_tutorial_runs(script: Path, warm: Popen[str], tmp_path: Path) -> None:
    """In a copy of its folder, without a warning."""
    if script.stem in NEEDED:
        pytest.importorskip(NEEDED[script.stem])
    folder = copied(script.parent, tmp_path / "docs" / "tutorials")
    copied(script.parents[1] / "examples", tmp_path / "docs" / "examples")
    asked = {
        "script": script.name,
        "folder": folder,
        "results": tmp_path / "results",
        "out": tmp_path / "out",
    }
    assert warm.stdin is not None
    assert warm.stdout is not None
    print(json.dumps(asked, default=str), file=warm.stdin, flush=True)
    ended = warm.stdout.readline()
    said = (tmp_path / "out").read_text(encoding="utf-8")
    assert ended == "0\n", said
    assert re.fullmatch(LAST.get(script.stem, ".*"), (said.splitlines() or [""])[-1])


class Page(HTMLParser):
    """What a page has: its anchors, the links that one follows, and what a browser asks for by itself."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.asked: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        place = values.get("href") if tag in ("a", "link") else values.get("src")
        if place:
            (self.links if tag == "a" else self.asked).append(place)


def pages(site: Path) -> dict[Path, Page]:
    """Every page of a site but those that quote code, and templates of the theme."""
    return {file: Page(file) for file in site.rglob("*.html") if not {"_modules", "_static"} & {*file.parts}}


def sphinx(docs: Path) -> CompletedProcess[str]:
    """Build the documentation into `site` beside it, without running tutorials; a warning is an error."""
    env = {**os.environ, "PLAUSIBLE_TUTORIALS": "skip", "PYTHONWARNINGS": "ignore", "MPLBACKEND": "agg"}
    line = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(docs),
        str(docs.parent / "site"),
    ]
    return finished(line, env, check=False, cwd=docs.parent)


def test_the_site_is_whole_and_a_broken_link_breaks_the_build(tmp_path: Path) -> None:
    """One build for all of it, as it takes a while: its warnings are those of one page with broken links."""
    for module in ("sphinx", "myst_parser", "sphinx_gallery", "pydata_sphinx_theme"):
        pytest.importorskip(module, reason=f"the documentation is built with {module}: the extra docs")
    docs = copied(ROOT / "docs", tmp_path / "docs")
    for place in ROOT.iterdir():
        if place.name not in ("docs", "results", ".git", ".venv"):
            (tmp_path / place.name).symlink_to(place)
    broken = (
        "[a page](nowhere.md)",
        "{py:class}`plausible.Nothing`",
        "{ref}`nobody-knows`",
        "[a](own.md#no-part)",
    )
    page = "---\norphan: true\n---\n\n# Broken\n\n" + "\n\n".join(broken)
    (docs / "broken.md").write_text(page, encoding="utf-8")
    built, site = sphinx(docs), tmp_path / "site"
    assert built.returncode == 1
    warned = [line for line in built.stderr.splitlines() if re.search("WARNING|ERROR", line)]
    for what in ("nowhere.md", "plausible.Nothing", "nobody-knows", "no-part"):
        assert re.search(rf"broken\.md.*{re.escape(what)}", built.stderr), built.stderr
    assert [line for line in warned if "broken.md" not in line] == []  # of all other pages
    assert len(warned) == len(broken), built.stderr
    (site / "broken.html").unlink()
    found = pages(site)
    nothing_is_asked_for_outside(found, site)
    links_lead_somewhere(found, site)
    equations_are_there(site)
    criticisms_are_those_of_the_matrix(site)
    names_are_documented(found, site)
    signatures_have_types(site)


def signatures_have_types(site: Path) -> None:
    """Of what is given and of what comes back, by the names that the code has for them."""
    told = ""
    for file in (site / "_generated" / "api").glob("*.html"):
        told += re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", file.read_text(encoding="utf-8")))
    for typed in ("rule: RuleLike", "task: str | Task", "→ Fitted", "x: Array", "→ Compared"):
        assert typed in told.replace("&#x2192;", "→"), typed
    assert "ForwardRef" not in told


def nothing_is_asked_for_outside(found: dict[Path, Page], site: Path) -> None:
    """No page asks for a script, a style, a font or an image of another place."""
    for file, page in found.items():
        outside = [place for place in page.asked if urlsplit(place).netloc]
        assert not outside, f"{file.relative_to(site)} asks for {outside}"
    for style in site.rglob("*.css"):
        wanted = re.findall(
            r"(?:url\(|@import\s+)[\"']?(?:https?:)?//[^)\"']+", style.read_text(encoding="utf-8")
        )
        assert not wanted, f"{style.relative_to(site)} asks for {wanted}"


def links_lead_somewhere(found: dict[Path, Page], site: Path) -> None:
    """Every link into the site names a file that is there, and an anchor that is in it."""
    for file, page in found.items():
        for link in [*page.links, *page.asked]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            assert target.exists(), f"{file.relative_to(site)} links to {link}"
            if parts.fragment and target in found:
                assert unquote(parts.fragment) in found[target].ids, (
                    f"{file.relative_to(site)} links to {link}"
                )


def equations_are_there(site: Path) -> None:
    """Every registered rule has a section with an equation in MathML."""
    text = "".join(
        file.read_text(encoding="utf-8") for file in (site / "_generated" / "families").glob("*.html")
    )
    sections = re.split(r'<section id="', text)
    for name in registry.registered("rule"):
        (mine,) = [each for each in sections if f'id="rule-{name}"' in each or each.startswith(f'{name}"')]
        assert "<math" in mine, name


def criticisms_are_those_of_the_matrix(site: Path) -> None:
    """Each criticism has a page; twenty verdicts, drawn at random, stand there with their rule, number and evidence."""
    matrix = pd.read_parquet(ROOT / "studies" / "tables" / "plausibility.parquet")
    folder = site / "_generated" / "criticisms"
    texts = {
        each.name: plain((folder / f"{each.name.replace(' ', '-')}.html").read_text(encoding="utf-8"))
        for each in CRITICISMS
    }
    drawn = matrix[matrix.verdict.isin(["removed", "partly"])].sample(
        20, random_state=np.random.default_rng(1)
    )
    for row in drawn.itertuples():
        expected = plain(f"{row.rule} {number(row.value)} {row.evidence.replace('<', '&lt;')}")
        assert expected in texts[row.criticism], (row.rule, row.criticism)
    for each in CRITICISMS:
        removed = int(((matrix.criticism == each.name) & (matrix.verdict == "removed")).sum())
        assert f"Rules that remove it: {removed}" in texts[each.name]
        assert plain(each.sentence) in texts[each.name]


def plain(html: str) -> str:
    """The text of a page in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&lt;", "<").replace("&gt;", ">").split())


def names_are_documented(found: dict[Path, Page], site: Path) -> None:
    """Every name of `dir(plausible)` has an entry in the API."""
    ids = set[str]().union(*(page.ids for file, page in found.items() if file.parent.name == "api"))
    for name in dir(pl):
        assert f"plausible.{name}" in ids or f"module-plausible.{name}" in ids, name


def test_every_public_name_has_its_place_in_the_api() -> None:
    places = [name for _, names in api.GROUPS.values() for name in names]
    assert sorted(places) == sorted(dir(pl))


def test_docstrings_become_text_without_markup() -> None:
    """Whatever stands in a docstring is shown as it stands."""
    text = rst(
        "A |x - c|² with *args, W_ and `a\n  b`s [liao2016].\n\nArgs:\n    x: of it.\n\n    W ∝ 1",
        {"liao2016"},
    )
    assert r"\|x - c\|² with \*args, W\_ and ``a b``\ s :ref:`liao2016 <source-liao2016>`." in text
    assert "* ``x``: of it." in text
    assert prose("[nobody1900]") == r"\[nobody1900\]"


def test_the_figure_that_a_cell_ends_with_is_shown_once(tmp_path: Path) -> None:
    """As sphinx-gallery asks for it, which knows figures of pyplot alone."""
    pytest.importorskip("sphinx_gallery")
    from docs.gallery_figures import VALUE, drawn

    file, figure = tmp_path / "one.png", pl.figures["accuracy"]
    about = {"example_globals": {VALUE: figure}, "image_path_iterator": iter([str(file)])}
    text = drawn(None, about, {"src_dir": str(tmp_path)})
    assert file.read_bytes().startswith(b"\x89PNG")
    assert "one.png" in text
    assert "As good as backprop" in text  # its title is its text alternative
    assert drawn(None, about, {"src_dir": str(tmp_path)}) == ""


def test_links_of_pages_that_move_lead_where_they_led() -> None:
    page, at = ROOT / "CONTRIBUTING.md", MOVED[ROOT / "CONTRIBUTING.md"]
    assert rewritten("[a](docs/own.md#x)", page, at) == "[a](../own.md#x)"
    assert rewritten("[a](tests)", page, at) == "a (`tests`)"
    assert rewritten("[a](https://example.org)", page, at) == "[a](https://example.org)"
    assert rewritten("[a](../CONTRIBUTING.md)", ROOT / "docs" / "own.md", ROOT / "docs" / "own.md") == (
        "[a](_generated/contributing.md)"
    )
    assert rewritten("```md\n[a](docs/own.md)\n```", page, at) == "```md\n[a](docs/own.md)\n```"


def test_the_citation_is_that_of_this_version() -> None:
    """The keys that version 1.2.0 of the Citation File Format asks for; cffconvert has judged the rest."""
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{cited["version"]}"' in project
    assert f'license = "{cited["license"]}"' in project
