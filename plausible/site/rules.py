"""What a site tells of a rule: where it is from, its equations, its code, and how it is run."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from plausible.errors import BadInput
from plausible.registry import registry
from plausible.registry.catalogue import first_sentence, options_of
from plausible.study.compare import Comparison
from plausible.study.store.tables import PACKAGE

ENTRY = re.compile(r"^@\w+\{(\w+),(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$", re.MULTILINE | re.DOTALL)
TRIED = (
    ("digits", "backprop"),
    ("temporal-xor", "bptt"),
)  # tasks that need no download, with their references


class Rule(NamedTuple):
    """A rule, as its page shows it; of one that is not registered, the name alone."""

    name: str
    what: str = ""
    equations: str = ""  # its docstring
    code: str = ""
    file: str = ""
    source: str = ""  # key of the bibliography
    citation: str = ""
    answers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    command: str = ""
    lines: str = ""  # of Python


def rule(name: str) -> Rule:
    """What is told of a rule. Nothing of a user's is executed to tell it."""
    if name not in registry.registered("rule"):
        return Rule(name)
    try:
        made = registry.load("rule", name)
    except BadInput:
        return Rule(name)
    source = str(getattr(made, "source", ""))
    command, lines = how_to_run(name)
    return Rule(
        name=name,
        what=first_sentence(made),
        equations=inspect.getdoc(made) or "",
        code=code_of(made),
        file=made.__module__.replace(".", "/") + ".py",
        source=source,
        citation=bibliography().get(source, ""),
        answers=tuple(map(str, getattr(made, "answers", ()))),
        options=tuple(options_of(made)),
        command=command,
        lines=lines,
    )


def code_of(made: type) -> str:
    """The text of a class; "" if its file is not there."""
    try:
        return inspect.getsource(made)
    except (OSError, TypeError):
        return ""


@cache
def how_to_run(name: str) -> tuple[str, str]:
    """A command and four lines of Python that run a registered rule, beside the reference of its kind of network.

    A rule that learns neither of the two networks of `TRIED` is checked and audited in its own.
    """
    for task, reference in TRIED:
        rules = list(dict.fromkeys([reference, name]))
        try:
            Comparison(task, tuple(rules), seeds=1, epochs=1).runs()
        except BadInput:
            continue
        command = f"plausible compare --task {task} --rules {','.join(rules)} --seeds 3 --epochs 5"
        lines = f"made = pl.compare({rules!r}, {task!r}, seeds=3, epochs=5)\nprint(made)\nprint(made.summary)"
        return command, f"import plausible as pl\n{lines}".replace("'", '"')
    lines = f"audited = pl.audit({name!r})\nprint(audited)\nprint(audited.frame)"
    return f"plausible check {name}", f"import plausible as pl\n{lines}".replace("'", '"')


@cache
def bibliography(file: Path = PACKAGE / "references.bib") -> dict[str, str]:
    """By key, the entries of the bibliography in a sentence each; none where there is no such file."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return {key: sentence(dict(FIELD.findall(entry))) for key, entry in ENTRY.findall(text)}


def sentence(fields: dict[str, str]) -> str:
    """An entry: authors (year). Title. Where."""
    plain = {name: re.sub(r"[{}]", "", " ".join(text.split())) for name, text in fields.items()}
    where = (
        plain.get("journal") or plain.get("booktitle") or plain.get("publisher") or plain.get("school") or ""
    )
    pages = ", ".join(filter(None, (plain.get("volume"), plain.get("pages", "").replace("--", "–"))))
    authors = "; ".join(plain.get("author", "").split(" and "))
    told = [
        f"{authors} ({plain.get('year', 'no year')})",
        plain.get("title", ""),
        ", ".join(filter(None, (where, pages))),
    ]
    return ". ".join(filter(None, told)) + "."
