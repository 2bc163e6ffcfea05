"""What `plausible list` shows of each kind. Oracle: what is registered, and what a user writes in brackets."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from typing import Any

import pytest

from plausible.registry import kinds, parts, registry
from plausible.registry.catalogue import LISTS, SETTLING, describe, listed
from plausible.registry.signatures import declared
from plausible.registry.values import read
from plausible.report.listing import OTHERS
from tests.suite.command import command

CLASSES = [kind for kind, about in kinds.KINDS.items() if about.form != "value"]


def test_every_kind_has_a_list_and_the_help_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Studies are listed by their files, as few of them are registered."""
    assert {*LISTS.values()} == {*kinds.KINDS} - {"study"}
    told = " ".join(command("list", "--help", capsys=capsys).out.split())
    assert f"{', '.join([*LISTS, SETTLING][:8])}" in re.sub(r"relaxations, ", "", told)
    assert {*LISTS, SETTLING, *OTHERS} <= {*re.findall(r"\w+", told)}


@pytest.mark.parametrize("what", [*LISTS, SETTLING])
def test_a_list_names_what_is_registered_and_says_what_each_is(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command("list", what, "--json", capsys=capsys)
    rows = json.loads(ended.out)
    there = parts.SETTLING if what == SETTLING else registry.registered(LISTS[what])
    assert (ended.code, [row["name"] for row in rows]) == (0, [*there])
    assert all(row["what"] and "options" in row for row in rows)
    assert command("list", what, capsys=capsys).code == 0


@pytest.mark.parametrize("kind", CLASSES)
def test_the_defaults_that_a_list_shows_are_read_as_the_defaults(kind: str) -> None:
    """So that a user may copy them into the brackets."""
    for name in registry.registered(kind):
        make = registry.load(kind, name)
        kinds_of, defaults = declared(make), inspect.signature(make).parameters
        for option in describe(kind, name, make)["options"]:
            called, equals, text = option.partition("=")
            if equals:
                assert read(option, text, kinds_of.get(called, Any)) == defaults[called].default, (
                    name,
                    option,
                )
            else:
                assert defaults[called].default is inspect.Parameter.empty


def test_what_the_command_line_cannot_read_is_shown_as_python_prints_it() -> None:
    @dataclasses.dataclass(frozen=True)
    class Odd:
        """Odd."""

        table: Any = dataclasses.field(default_factory=lambda: {"a": 1})
        needed: int = dataclasses.field(kw_only=True)

    assert describe("probe", "odd", Odd)["options"] == ["table={'a': 1}", "needed"]


def test_an_empty_list_says_how_things_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "registered", lambda kind: {})
    assert listed("probes") == []
    ended = command("list", "probes", capsys=capsys)
    assert (ended.code, ended.out) == (0, "")
    assert "FILE.py:Name" in ended.err


def test_a_class_without_a_docstring_is_told_by_its_name() -> None:
    @dataclasses.dataclass(frozen=True)
    class Undocumented:
        rate: float = 0.1

    assert describe("optimiser", "undocumented", Undocumented)["what"] == "Undocumented"
