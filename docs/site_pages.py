"""The pages of the documentation that are written from tables and the registry whenever it is built, none typed.

A page for each criticism and each family of rules, the API, and the bibliography, as reStructuredText.
"""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from pathlib import Path

import pandas as pd

from docs import api, links
from docs.docstrings import equation, heading, prose
from plausible.printing.mathml import equations, parts
from plausible.registry import registry
from plausible.registry.catalogue import first_sentence
from plausible.registry.criticisms import CRITICISMS, Criticism
from plausible.site.rules import bibliography, rule

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "studies" / "tables" / "plausibility.parquet"
FIRST = ("plausible.rules", "baselines")  # families of rules come before what wraps any of them


def slug(name: str) -> str:
    """A name as that of a page."""
    return name.replace(" ", "-")


def listed(head: list[str], rows: list[list[str]], widths: str = "auto") -> str:
    """A table, of cells in reStructuredText."""
    lines = [f".. list-table::\n   :header-rows: 1\n   :widths: {widths}\n"]
    for row in [head, *rows]:
        first, *rest = ("\n       ".join(cell.splitlines()) for cell in row)
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in rest)]
    return "\n".join(lines)


@cache
def matrix() -> pd.DataFrame:
    """What was measured of each rule and criticism: the committed table."""
    return pd.read_parquet(TABLE).fillna({"evidence": "", "claimed": "", "literature": "", "explained": ""})


@cache
def families() -> dict[str, list[str]]:
    """The rules of each family, by the package that its classes are in; the references, and what wraps rules, last."""
    members: dict[str, list[str]] = {}
    for name in sorted(registry.registered("rule")):
        package = registry.load("rule", name).__module__.rpartition(".")[0]
        members.setdefault(package, []).append(name)
    order = sorted(
        members, key=lambda package: [*(not package.startswith(first) for first in FIRST), package]
    )
    return {package: members[package] for package in order}


def linked(name: str) -> str:
    """A link to a registered rule; of another, its name."""
    return f":ref:`{name} <rule-{name}>`" if name in registry.registered("rule") else f"``{name}``"


def source(key: str) -> str:
    """A link to an entry of the bibliography."""
    return f":ref:`{key} <source-{key}>`" if key in bibliography() else prose(key)


NUMBERS = {  # what the column `value` of the committed matrix counts
    "weight transport": "the largest share of a change that moves when a weight is altered where no activity shows it",
    "exact derivatives": "the largest share of a change that moves with the slopes of one layer",
    "non-local error": "how many layers get an error by a way of its own",
    "separate phases": "how many phases or passes an example takes",
    "update locking": "the share of the lowest change that moves with other weights above",
    "target at the output": "how many independent numbers of the target reach the output",
    "continuous values": "how many different values are sent at a time",
    "insensitivity to timing": "the share of a change that moves with a shifted spike",
    "synchronised steps": "how many products follow one another at the ticks of one clock",
    "storage in time": "how far changes differ when a sequence is shown step by step, or how its state grows",
    "signed synapses": "the share of neurons that have synapses of both signs",
    "one-to-one units": "how many layers send down what is not the activity that they send up",
    "extra state": "how many numbers are kept for each forward weight, beside it",
}

HOW = ":doc:`How it is measured </plausibility>`."


def number(value: float) -> str:
    """A measured number; a dash where there is none. What is as small as rounding errors is shown as 0."""
    return "–" if pd.isna(value) else "0" if abs(value) < 1e-9 else f"{value:.3g}"


def rows_of(measured: pd.DataFrame, *columns: str) -> list[list[str]]:
    """Rows of the matrix as cells: the rule as a link, its number, and columns in words."""
    return [
        [
            linked(row["rule"]),
            number(row["value"]),
            *(prose(str(row[name]) or "–", bibliography()) for name in columns),
        ]
        for row in measured.to_dict("records")
    ]


def criticism(each: Criticism) -> str:
    """The page of a criticism."""
    found = matrix()[matrix().criticism == each.name]
    count = found.verdict.value_counts()
    counts = ", ".join(f"**{count[name]}** {name}" for name in count.index)
    told = [
        f".. _criticism-{slug(each.name)}:",
        heading(each.name.capitalize()),
        f"{prose(each.sentence)} Said in {source(each.source)}.",
        f"Measured on the code of {len(found)} rules: {counts}. {HOW}",
        f"The number in the tables is {NUMBERS[each.name]}.",
    ]
    for verdict, title in (("removed", "Rules that remove it"), ("partly", "Rules that remove a part of it")):
        rows = rows_of(found[found.verdict == verdict], "evidence", "claimed")
        told.append(heading(f"{title}: {len(rows)}", "-"))
        told.append(
            listed(["rule", "number", "what was measured", "its authors claim"], rows) if rows else "None."
        )
    differs = found[~found.agrees.astype(bool)]
    told.append(heading(f"Measured otherwise than claimed: {len(differs)}", "-"))
    rows = rows_of(differs, "claimed", "verdict", "explained")
    heads = ["rule", "number", "its authors claim", "measured", "why"]
    told.append(listed(heads, rows) if rows else "No rule's claim is measured otherwise.")
    said = found[found.literature != ""]
    if len(said):
        told.append(heading("What the literature says", "-"))
        told.append(
            listed(["rule", "number", "measured", "literature"], rows_of(said, "verdict", "literature"))
        )
    rest = found[~found.verdict.isin(["removed", "partly"])]
    names = [
        f"*{verdict}*: {', '.join(linked(name) for name in group.rule)}."
        for verdict, group in rest.groupby("verdict")
    ]
    told += [heading("All others", "-"), *names]
    return "\n\n".join(told) + "\n"


def criticisms() -> str:
    """The page that lists the criticisms."""
    rows = []
    for each in CRITICISMS:
        counted = matrix()[matrix().criticism == each.name].verdict.value_counts()
        link = f":ref:`{each.name} <criticism-{slug(each.name)}>`"
        numbers = [str(counted.get(verdict, 0)) for verdict in ("removed", "partly", "present")]
        rows.append([link, prose(each.sentence), source(each.source), *numbers])
    pages = "\n".join(f"   {slug(each.name)}" for each in CRITICISMS)
    heads = ["criticism", "what it says", "source", "rules that remove it", "in part", "present in"]
    intro = (
        "Objections to backpropagation as an account of how a brain learns, each with what was measured on the code of "
        "every rule. All numbers are of the committed table ``studies/tables/plausibility.parquet``."
    )
    return "\n\n".join(
        [heading("The criticisms"), intro, listed(heads, rows), f".. toctree::\n   :hidden:\n\n{pages}"]
    )


def family(package: str) -> str:
    """The page of a family of rules: each with its equation, its source, and what was measured of it."""
    idea = first_sentence(importlib.import_module(package))
    told = [f".. _family-{package}:", heading(prose(idea)), f"``{package.replace('.', '/')}``"]
    told += [of_rule(name) for name in families()[package]]
    return "\n\n".join(told) + "\n"


def of_rule(name: str) -> str:
    """The section of a rule."""
    made, shown = registry.load("rule", name), rule(name)
    measured = matrix()[matrix().rule == name].set_index("criticism").verdict
    links = {
        verdict: ", ".join(
            f":ref:`{each} <criticism-{slug(each)}>`" for each in measured.index[measured == verdict]
        )
        for verdict in ("removed", "partly")
    }
    claims = prose("; ".join(shown.answers)) or "none"
    verdicts = [f"{verdict}: {names}" for verdict, names in links.items() if names]
    lines = [
        f"* From: {prose(shown.citation)} ({source(shown.source)})",
        f"* Its authors claim to remove: {claims}",
        f"* Measured: {'; '.join(verdicts) or 'it removes none of the criticisms'}",
        f"* Try it: ``{shown.command}``",
    ]
    directive = f".. autoclass:: {made.__module__}.{made.__qualname__}\n   :no-index-entry:"
    kept = [] if equations(made) == own_equations(made) else map(equation, equations(made))
    return "\n\n".join([f".. _rule-{name}:", heading(name, "-"), "\n".join(lines), *kept, directive])


def own_equations(made: type) -> list[str]:
    """The equations of a class's own docstring."""
    return [part.text for part in parts(inspect.getdoc(made) or "") if part.kind == "equation"]


def family_list() -> str:
    """The page that lists the families of rules, with all their members."""
    rows = [
        [f":ref:`family-{package}`", ", ".join(linked(name) for name in names)]
        for package, names in families().items()
    ]
    pages = "\n".join(f"   {package}" for package in families())
    intro = (
        f"{sum(map(len, families().values()))} rules in {len(families())} families. Each has its equation, its source, "
        "what its authors claim, what was measured, and its code. :doc:`What each of them is, in a line </rules>`."
    )
    told = [heading("Rules and their equations"), intro, listed(["family", "rules"], rows, "40 60")]
    return "\n\n".join([*told, f".. toctree::\n   :hidden:\n\n{pages}"]) + "\n"


def sources() -> str:
    """The bibliography."""
    entries = sorted(bibliography().items())
    told = [f".. _source-{key}:\n\n{heading(key, '-')}\n\n{prose(text)}" for key, text in entries]
    intro = "Keys as they stand in docstrings and pages; the file is ``references.bib``."
    return "\n\n".join([heading("Sources"), intro, *told]) + "\n"


def write(folder: Path) -> None:
    """Write all pages into a folder, which is made."""
    pages = {"criticisms/index": criticisms(), "families/index": family_list(), "sources": sources()}
    pages |= {f"criticisms/{slug(each.name)}": criticism(each) for each in CRITICISMS}
    pages |= {f"families/{package}": family(package) for package in families()}
    pages |= api.pages()
    files = {f"{name}.rst": text for name, text in pages.items()} | links.moved(folder)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if (
            not file.exists() or file.read_text(encoding="utf-8") != text
        ):  # so that Sphinx reads again what changed
            file.write_text(text, encoding="utf-8")
