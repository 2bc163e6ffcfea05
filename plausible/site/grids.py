"""The tables of a site: rules beside the reference, verdicts by criticism, and published numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from plausible.plausibility.audit import MARKS
from plausible.printing.words import NOTHING
from plausible.report.html import Cell, Grid, Head, Span, number
from plausible.report.published import in_words
from plausible.site.links import Links
from plausible.site.told import Told, rule_of

GOOD = {"yes": "as good (a tie)", "better": "better", "worse": "worse", "undecided": "undecided"}
NOTES = "source, tolerance, what differs, what was chosen with results in sight"
ORDER = (*GOOD.values(), "reference", NOTHING)
LOST = ("task", "rule", "seed", "status", "reason", "epoch")  # what is told of a lost run
COMPARED = (  # columns of the CSV of rules beside the reference
    *("study", "task", "rule", "family", "n", "lost", "mean", "low", "high", "reference"),
    *("difference", "difference_low", "difference_high", "margin", "as_good", "metric", "lost_as"),
)


def beside_rows(every: Iterable[Told], links: Links) -> pd.DataFrame:
    """The rows of all studies that have a reference, with study, family, and the task's name without settings."""
    frames = [
        each.beside.assign(
            study=each.name,
            family=[links.family(rule_of(rule)) for rule in each.beside.rule],
            plain_task=each.beside.task.map(each.task_by_label),
        )
        for each in every
        if len(each.beside)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*COMPARED, "plain_task"])


def scale_of(rows: pd.DataFrame) -> float:
    """Half of the width of the cells in which differences are drawn, in the metric's unit: five margins at most."""
    ends = rows[["difference_low", "difference", "difference_high"]].abs().to_numpy(float)
    margins, known = rows.margin.dropna().to_numpy(float), ends[pd.notna(ends)]
    return float(min(known.max(), 5 * margins.max())) or 1.0 if len(known) else 1.0


def span_of(row: Mapping[str, Any], width: float) -> Cell:
    """The cell in which a difference is drawn; what lies beyond its ends stops there."""
    if math.isnan(row["difference"]):
        return Cell("", math.inf)

    def place(value: float) -> float:
        return min(max(0.5 + value / width / 2, 0.0), 1.0)

    middle, margin = row["difference"], row["margin"]
    low, high = (
        middle if math.isnan(row[end]) else row[end] for end in ("difference_low", "difference_high")
    )
    drawn = Span(place(low), place(middle), place(high), 0.5, place(-margin), place(margin))
    factor, form, _ = unit(row)
    words = f"{factor * middle:+{form}}, from {factor * low:{form}} to {factor * high:{form}}"
    return Cell("", middle, span=drawn, word=words, title=f"{row['rule']}, {row['task']}: {words}")


def unit(row: Mapping[str, Any]) -> tuple[float, str, str]:
    """By what numbers of a row are multiplied, their form, and their unit."""
    return (100, ".2f", "%") if row["metric"] == "accuracy" else (1, ".3g", str(row["metric"]))


def verdict_of(row: Mapping[str, Any]) -> str:
    """Whether a rule is as good as the reference, in a word or two."""
    if row["rule"] == row["reference"]:
        return "reference"
    return GOOD.get(row["as_good"], NOTHING) if isinstance(row["as_good"], str) else NOTHING


def compared(rows: pd.DataFrame, links: Links, caption: str, data: str = "", studies: bool = True) -> Grid:
    """Rules beside the reference: absolute scores, paired differences with their intervals, ties, and lost runs."""
    heads = [Head("rule"), Head("drawn, to five margins"), Head("as good as the reference?", choose=True)]
    heads += [Head("task", choose=True), *[Head("study", choose=True)] * studies, Head("family", choose=True)]
    heads += [Head("test score", number=True), Head("[95 %]", number=True)]
    heads += [Head("less the reference", number=True), Head("[95 %]", number=True)]
    heads += [Head("seeds", number=True), Head("lost", number=True)]
    width, body = scale_of(rows), []
    records: Any = rows.to_dict("records")
    for row in records:
        factor, form, of = unit(row)
        said = verdict_of(row)
        name = (
            row["rule"] if math.isnan(row["lost_as"]) else f"{row['rule']}, lost runs at {row['lost_as']:.3g}"
        )
        cells = [Cell(name, href=links.rule(rule_of(row["rule"]))), span_of(row, width)]
        cells += [Cell(said, ORDER.index(said), word=said)]
        cells += [Cell(row["task"], href=links.task(row["plain_task"]))]
        cells += [Cell(row["study"], href=links.study(row["study"]))] * studies
        cells += [Cell(row["family"]), number(factor * row["mean"], form, title=of), ends(row, "low", "high")]
        cells += [
            number(factor * row["difference"], "+" + form),
            ends(row, "difference_low", "difference_high"),
        ]
        body.append([*cells, number(row["n"], "d"), number(row["lost"], "d")])
    return Grid(caption, heads, body, data)


def ends(row: Mapping[str, Any], low: str, high: str) -> Cell:
    """The ends of an interval."""
    factor, form, _ = unit(row)
    if math.isnan(row[low]):
        return Cell(NOTHING, look="number")
    return Cell(f"[{factor * row[low]:{form}}, {factor * row[high]:{form}}]", look="number")


def matrix(audited: pd.DataFrame, links: Links, data: str) -> Grid:
    """What was measured: a row for each rule, a column for each criticism; most removed on top."""
    names = list(dict.fromkeys(audited.criticism))
    by_rule = {str(rule): mine.set_index("criticism") for rule, mine in audited.groupby("rule", sort=True)}
    removed = {rule: int((mine.verdict == "removed").sum()) for rule, mine in by_rule.items()}
    heads = [Head("rule"), Head("family", choose=True), Head("removed", number=True)]
    heads += [Head(name, choose=True, upright=True) for name in names]
    body = []
    for rule in sorted(by_rule, key=lambda rule: (-removed[rule], rule)):
        row = [Cell(rule, href=links.rule(rule)), Cell(links.family(rule)), number(removed[rule], "d")]
        found: Any = by_rule[rule][~by_rule[rule].index.duplicated()].to_dict("index")
        row += [verdict(found[name]) if name in found else Cell(NOTHING) for name in names]
        body.append(row)
    marks = ", ".join(f"{mark} {word}" for word, mark in MARKS.items())
    return Grid(f"what was measured: {marks}; ! where the rule claims otherwise", heads, body, data)


def verdict(row: Mapping[str, Any]) -> Cell:
    """A cell of the matrix."""
    said = row["verdict"]
    mark = MARKS.get(said, said) + "!" * (not row["agrees"])
    look = said.replace(" ", "-") if said in MARKS else ""
    return Cell(mark, look=look, word=said, title=f"{said}: {row['evidence']}")


def evidence(rows: pd.DataFrame) -> Grid:
    """What was measured of one rule, beside what it claims and what the literature says."""
    texts = ("criticism", "measured", "evidence", "claimed", "literature", "where they differ")
    records: Any = rows.to_dict("records")
    body = [
        [Cell(row["criticism"]), Cell(row["verdict"], look=verdict(row).look)]
        + [Cell(row[name]) for name in ("evidence", "claimed", "literature", "explained")]
        for row in records
    ]
    heads = [Head(text, choose=text == "measured") for text in texts]
    return Grid("criticisms of backpropagation: measured, and claimed", heads, body)


def reproduced(every: Sequence[Told], links: Links, caption: str, data: str = "") -> Grid:
    """Published numbers beside ours, with class, verdict and deviations."""
    texts = ("what", "study", "held against", "verdict", "band", "ours", "n", NOTES)
    heads = [Head(text, choose=text in texts[1:4], number=text == "n") for text in texts]
    body = []
    for each in every:
        for row in each.published.to_dict("records"):
            said = in_words(row)
            cells = [Cell(said.what), Cell(each.name, href=links.study(each.name)), Cell(said.kind)]
            cells += [Cell(said.verdict), Cell(said.published), Cell(said.ours), number(row["n"], "d")]
            body.append([*cells, Cell(said.notes, look="prose")])
    return Grid(caption, heads, body, data)


def measured(each: Told, links: Links, data: str) -> Grid:
    """What a study without a reference measured, at the end of its runs."""
    heads = [Head("rule"), Head("task", choose=True), Head("what", choose=True), Head("layer"), Head("split")]
    heads += [Head(text, number=True) for text in ("mean", "from", "to", "n", "lost")]
    body = []
    for row in each.measured:
        cells = [Cell(row["rule"], href=links.rule(rule_of(row["rule"])))]
        cells += [Cell(str(row[name])) for name in ("task", "metric", "layer", "split")]
        cells += [number(row[name], ".4g") for name in ("mean", "low", "high")]
        body.append([*cells, number(row["n"], "d"), number(row["lost"], "d")])
    return Grid("the last measurement of runs: means with their 95 % intervals", heads, body, data)


WHY = {  # by status; the words of each run are in the store that computed it: `plausible status STUDY --runs`
    "diverged": "what it learned or answered was no finite number any more",
    "failed": "its code raised an error, or its worker died",
    "timed out": "it took longer than it was given",
}


def lost(runs: pd.DataFrame) -> Grid:
    """The runs that did not end well."""
    heads = [
        Head("rule"),
        Head("task", choose=True),
        Head("seed", number=True),
        Head("how it ended", choose=True),
    ]
    heads += [Head("why"), Head("last epoch measured", number=True)]
    records: Any = runs.to_dict("records")
    body = [
        [
            *(Cell(row["rule"]), Cell(row["task"]), number(row["seed"], "d")),
            *(Cell(row["status"]), Cell(str(row.get("reason") or WHY.get(row["status"], NOTHING)))),
            number(row["epoch"], "g"),
        ]
        for row in records
    ]
    return Grid("lost runs", heads, body)


def machines(each: Told) -> Grid:
    """With what the runs of a table were computed."""
    facts = list(dict.fromkeys(fact for one in each.machines for fact in one))
    facts = [
        *(fact for fact in ("commit", "runs") if fact in facts),
        *(f for f in facts if f not in ("commit", "runs")),
    ]
    body = [[Cell(str(one.get(fact, NOTHING))) for fact in facts] for one in each.machines]
    return Grid("machines of the runs, and the commit checked out", [Head(fact) for fact in facts], body)
