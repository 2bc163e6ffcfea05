"""The examples in docstrings run as they stand there, and print what stands there. Oracle: the docstrings.

Each starts from an empty namespace, so that what it needs is imported where a reader sees it.
"""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from plausible.registry import registry

ROOT = Path(__file__).parents[2]
FILES = [
    file.relative_to(ROOT)
    for folder in ("plausible", "baselines")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


def examples(file: Path) -> list[doctest.DocTest]:
    """Those of a file, a test for each docstring."""
    module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [test for test in finder.find(import_module(module), globs={}) if test.examples]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_examples_print_what_they_say(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    for test in examples(file):
        doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert not said, "".join(said)
    assert not [*tmp_path.iterdir()], "an example leaves files behind"


@pytest.mark.parametrize("name", sorted(registry.registered("optimiser")))
def test_every_optimiser_has_an_example(name: str) -> None:
    assert ">>> " in registry.load("optimiser", name).__doc__


FAMILIES = sorted(file.parent for file in ROOT.glob("plausible/rules/*/__init__.py"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda folder: folder.name)
def test_every_family_of_rules_has_an_example(family: Path) -> None:
    assert [file for file in FILES if (ROOT / file).is_relative_to(family)]


def test_a_spiking_rule_of_ones_own_is_a_file_of_sixty_lines_that_the_page_names() -> None:
    told = (ROOT / "docs/examples/resume.py").read_text(encoding="utf-8")
    assert len(told.splitlines()) <= 60, "docs/spiking.md says so"
    assert told.count('"""') == 8, "a text that is no docstring is left over"
    page = (ROOT / "docs/spiking.md").read_text(encoding="utf-8")
    assert "own.md#a-rule-of-spiking-neurons-from-its-equations" in page
