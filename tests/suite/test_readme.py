"""What the README tells a newcomer to do works as it stands there. Oracle: the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pages import PAGES, written
from plausible import contract
from plausible.study.compare import Comparison, compare

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def example(tmp_path: Path) -> str:
    """The README's own rule, in a file."""
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
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


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_every_command_names_options_that_exist() -> None:
    import typer

    from plausible.cli.main import app

    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    for option in re.findall(r"(?<![\w-])--[a-z]+", README):
        assert option in known | {"--help"}, option


@pytest.mark.parametrize("page", PAGES)
def test_numbers_are_generated(page: str) -> None:
    """Writing a page anew from the committed tables changes nothing."""
    text = (ROOT / page).read_text()
    assert written(text) == text
