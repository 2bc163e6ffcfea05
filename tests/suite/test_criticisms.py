"""One vocabulary of criticisms, which every rule and every table uses. Oracle: the list, and the bibliography."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from plausible.errors import BadInput
from plausible.registry import registry
from plausible.registry.criticisms import BY_NAME, CRITICISMS, answer
from plausible.report.listing import entries
from tests.suite.command import command

ROOT = Path(__file__).parents[2]
RULES = sorted(registry.registered("rule"))
PARTS = {  # the parts of a criticism that a rule answers, where it does not answer all of it
    "weight transport": {"of magnitudes", "across layers", "instantaneous"},
    "exact derivatives": {"downstream"},
    "non-local error": {"one number for all"},
    "separate phases": {"no synapse is told of them"},
    "update locking": {"backward pass", "the reward is waited for"},
    "target at the output": {"label is an input", "all but one number", "a reward"},
}


def test_names_are_unique_and_sources_are_in_the_bibliography() -> None:
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(BY_NAME) == len(CRITICISMS) == 13
    for each in CRITICISMS:
        assert each.source in keys
        assert re.fullmatch(r"[A-Z].+[a-z]\.", each.sentence), each
        assert re.fullmatch(r"[a-z -]+", each.name), each


@pytest.mark.parametrize("name", RULES)
def test_what_a_rule_answers_is_in_the_list(name: str) -> None:
    """By name; a part of it is one of few, so that the same part is not called in two ways."""
    said = [answer(text) for text in registry.load("rule", name).answers]
    assert len({each.criticism for each in said}) == len(said)
    for criticism, only in said:
        assert not only or only in PARTS[criticism.name]


def test_every_part_is_answered_by_some_rule() -> None:
    said = [answer(text) for name in RULES for text in registry.load("rule", name).answers]
    there = {(criticism.name, only) for criticism, only in said if only}
    assert there == {(name, only) for name, parts in PARTS.items() for only in parts}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("weight transports", "did you mean 'weight transport'"),
        ("weight transport of magnitudes", "did you mean 'weight transport'"),
        ("backward chain", "expected one of continuous values, exact derivatives"),
        ("", "expected the name of a criticism"),
        ("weight transport ()", "expected the name of a criticism"),
        ("weight transport (of signs", "expected the name of a criticism"),
        (3, "expected the name of a criticism"),
    ],
)
def test_what_is_no_criticism_is_refused(text: Any, told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        answer(text)


def test_the_list_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(command("list", "criticisms", "--json", capsys=capsys).out)
    assert [row["name"] for row in rows] == [each.name for each in CRITICISMS]
    told = command("list", "criticisms", capsys=capsys).out
    assert all(each.source in told for each in CRITICISMS)


def test_the_page_of_rules_uses_these_words() -> None:
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    for row in entries("rules"):
        assert f"| {', '.join(row['answers']) or '–'} | {row['source']} |" in page
    for each in CRITICISMS:
        assert f"| {each.name} | {each.sentence.rstrip('.')} | {each.source} |" in page
