"""What the README tells a newcomer to do works as it stands there. Oracle: the README."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path

import pytest

from docs.pages import PAGES, written
from plausible import contract
from plausible.registry.kinds import KINDS
from plausible.study.compare import Comparison, compare
from tests.processes import finished

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUPS = {kind.group for kind in KINDS.values()}

every_page = pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))],
    ids=lambda page: page.stem,
)


def block(words: str) -> str:
    """The one block of Python in the README that holds these words."""
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if words in code]
    return code


def test_the_first_curve_of_own_arrays_takes_ten_lines(tmp_path: Path) -> None:
    """A script without a main guard, with two workers, in a process of its own. Oracle: chance on three classes."""
    code = block("from_arrays")
    assert len(list(filter(None, code.splitlines()))) <= 10
    (tmp_path / "first.py").write_text(code)
    done = finished([sys.executable, "first.py"], cwd=tmp_path, env={**os.environ, "MPLBACKEND": "agg"})
    assert (tmp_path / "wine.png").read_bytes().startswith(b"\x89PNG")
    assert float(done.stdout.splitlines()[-1].split()[0]) > 0.8
    assert not [*tmp_path.glob("results*")]


@pytest.fixture
def example(tmp_path: Path) -> str:
    """The README's own rule, in a file."""
    code = block("class SignSymmetry")
    assert code.count("\n") <= 40
    file = tmp_path / "my_rule.py"
    file.write_text(code)
    return f"{file}:SignSymmetry"


def test_the_example_keeps_the_contract(example: str) -> None:
    assert [finding.problem for finding in contract.check(example) if finding.problem] == []


def test_the_example_learns_beside_backprop(example: str) -> None:
    """Sign symmetry is close to backprop in the literature; here, within five points after a few epochs of digits."""
    result = compare(Comparison(rules=(example, "backprop"), seeds=1, epochs=8))
    table = result.metrics[(result.metrics.split == "test") & (result.metrics.metric == "accuracy")]
    accuracy = table.set_index("rule").value
    assert list(accuracy.index) == ["SignSymmetry", "backprop"]
    assert accuracy["SignSymmetry"] > accuracy["backprop"] - 0.05


@every_page
def test_every_file_that_is_linked_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", prose(page)):
        made = target.startswith("_generated/")  # by the build of the documentation, which holds these links
        assert made or target.startswith("http") or (page.parent / target).exists(), target


def test_make_readme_draws_every_picture_of_the_readme() -> None:
    """What the target would run, as make itself tells it; each picture is one that the command's name stands for."""
    pictures = set(re.findall(r"!\[[^\]]*\]\(figures/([^)]+)\.png\)", README))
    told = finished(["make", "-n", "readme"], cwd=ROOT).stdout
    drawn = set(re.findall(r"^\S*plausible figure (\S+)$", told, re.MULTILINE))
    assert pictures
    assert pictures <= drawn


@every_page
def test_every_command_names_what_there_is(page: Path) -> None:
    """Its own name, and options of any command."""
    import typer

    from plausible.cli.main import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    known = {option for one in commands.values() for parameter in one.params for option in parameter.opts}
    others = {"--help", "--editable", "--group"}
    for option in re.findall(r"(?<![\w-])--[a-z]+[a-z-]*", prose(page)):
        assert option in known | others, option
    for name in re.findall(r"^(?:\.venv/bin/)?plausible (\w+)|`plausible (\w+)", prose(page), re.MULTILINE):
        assert "".join(name) in commands, name


@every_page
def test_every_dotted_name_stands_for_something(page: Path) -> None:
    """A module, what is in it, or a group of entry points; also in what its examples import."""
    for name in re.findall(r"(?<![\w/.-])(?:plausible|baselines|benchmarks|docs)(?:\.\w+)+", prose(page)):
        assert name in GROUPS or there(name), name


def prose(page: Path) -> str:
    """A page without what others wrote: diffs add what is not there."""
    return re.sub(r"```diff\n.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def there(name: str) -> bool:
    """Whether a dotted name is that of a module, or of what is in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_numbers_are_generated(page: str) -> None:
    """Writing a page anew from the committed tables changes nothing."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert written(text) == text
