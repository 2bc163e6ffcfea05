"""Write what tables of results and the registry say into the pages, such as README.md: `python -m docs.pages`.

In a page, what stands between `<!-- name -->` and `<!-- end -->` is a block; the function that `written` names for it
returns its text, so that no number is typed. `python -m docs.pages RESULTS` first takes the summary and the figure of
`make compare` from the folder RESULTS.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import shutil
import sys
from dataclasses import replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.report import latest, markdown
from docs.budgets import budgets
from docs.in_full import in_full
from docs.spikes import WHOLE, near_chance, spikes, taught
from docs.tuned_rules import tuned
from plausible.plausibility.costs import Costs
from plausible.printing import words
from plausible.registry import registry
from plausible.registry.catalogue import first_sentence
from plausible.report.listing import entries
from plausible.report.plausibility import COST_HEADS, cost_cells
from plausible.report.published import counted, frame, in_words
from plausible.report.published import told as summed_up
from plausible.report.verified import anew
from plausible.site.answer import by_task, compared, of_criticisms, unjudged
from plausible.site.told import AUDIT, audited, told
from plausible.study.published import VERDICTS
from plausible.study.store.tables import commits_of, read, tables
from plausible.study.study import candidates, find
from plausible.study.verified import state
from plausible.writing import whole
from studies import profiles, textbook

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "studies" / "tables"
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/index.md",
    "docs/rules.md",
    "docs/gallery.md",
    "docs/own.md",
    "docs/plausibility.md",
    "docs/published.md",
    "docs/speed.md",
    "docs/spiking.md",
    "docs/textbook.md",
    "docs/tuned.md",
    "benchmarks/RESULTS.md",
)
EXAMPLES = ROOT / "docs" / "examples"
NO_TABLE = pd.DataFrame()
FEW = 3  # commits of a table that a page names


def take(results: Path) -> None:
    """Copy the summary and the figure of the comparison on digits from `results` to where they are committed."""
    shutil.copy(results / "digits" / "summary.json", TABLES / "digits.json")
    shutil.copy(results / "digits" / "compare.png", ROOT / "figures" / "compare.png")


def written(text: str) -> str:
    """A page with every block between markers written anew."""
    blocks = {"digits": digits, "families": families, "rules": rules, "criticisms": criticisms}
    blocks |= {"costs": needed, "synapses": synapses, "statements": statements}
    blocks |= {
        "answer": answer_now,
        "speed": speed,
        "benchmarks": markdown,
        "gallery": gallery,
        "published": published,
        "in_full": lambda: table(*in_full(beside)),
        "tuned": lambda: noted(*tuned()),
        "budgets": lambda: noted(*budgets()),
        "spikes": spikes_on_tasks,
        "chance": chance,
        "taught": whole_mnist,
    }
    blocks |= {name: partial(quoted, file) for name, file in examples().items()}
    blocks |= {f"{file.stem}_diff": partial(addition, file) for file in (EXAMPLES / "diffs").glob("*.diff")}

    def block(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n{blocks[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", block, text, flags=re.DOTALL)


def examples() -> dict[str, Path]:
    """The files of docs/examples by the names of their blocks: `yin_yang`, and `study_NAME`, `figure_NAME`."""
    kinds = {"": "", "studies/": "study_", "figures/": "figure_"}
    return {head + f.stem: f for place, head in kinds.items() for f in (EXAMPLES / place).glob("*.py")}


def quoted(file: Path) -> str:
    """A file as it stands, with its name above it."""
    name = file.relative_to(EXAMPLES).as_posix()
    return f"[{name}](examples/{name})\n\n```python\n{file.read_text(encoding='utf-8').strip()}\n```"


def addition(file: Path) -> str:
    """A diff that adds something to the suite, folded."""
    place, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8").strip()
    return f"<details><summary><code>git apply {place}</code></summary>\n\n```diff\n{text}\n```\n\n</details>"


def spikes_on_tasks() -> str:
    """What spiking rules reach on tasks, and what it takes."""
    return spikes(read(TABLES / "spikes_on_tasks.parquet"))


def chance() -> str:
    """Which spiking rules are near chance on the part of MNIST."""
    return near_chance(read(TABLES / "spikes_on_tasks.parquet"))


def whole_mnist() -> str:
    """What spikes with a teacher tell of all of MNIST."""
    return taught({name: read(TABLES / f"{name}.parquet") for name in WHOLE})


def digits() -> str:
    """The table of `make compare`."""
    return comparison("digits")


def comparison(name: str) -> str:
    """A comparison as a table, with what was compared below."""
    of = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
    rows = [
        [
            row["rule"],
            percent(row["validation"]),
            percent(row["test"]),
            interval(row["gradient angle"], ".1f"),
            interval(row["multiply-adds"] | {"n": 1}, ",.0f"),
        ]
        for row in of["rules"]
    ]
    head = ["rule", "validation %", "test %", "angle to gradient, °", "multiply-adds/example"]
    units = "-".join(map(str, of["hidden"]))
    lopsided = any("[" in cell for row in rows for cell in row[1:])
    note = (
        f"{of['task']}, {units} {of['activation']} units, {words.count(of['epochs'], 'epoch')} in batches of "
        f"{of['batch']}, {words.count(of['seeds'], 'seed')}: mean ± half of the 95 % interval"
        f"{', or [its ends] where its halves differ' if lopsided else ''}. "
        f"`{of['optimiser']}` for every rule."
    )
    return noted(head, rows, note)


def percent(estimate: dict[str, Any]) -> str:
    """An accuracy in percent."""
    return interval({k: v if k == "n" or v is None else 100 * v for k, v in estimate.items()}, ".2f")


def interval(estimate: dict[str, Any], form: str) -> str:
    """A mean with its interval; a dash where there is none."""
    mean, low, high = (
        math.nan if estimate[end] is None else estimate[end] for end in ("mean", "low", "high")
    )
    return words.interval(mean, *((low, high) if estimate["n"] > 1 else (math.nan, math.nan)), form)


def families() -> str:
    """What is registered, in short: a row for each family of rules, a folder; then references, and what wraps rules."""
    members: dict[str, list[str]] = {}
    for name in registry.registered("rule"):
        module = registry.load("rule", name).__module__
        members.setdefault(module.rpartition(".")[0], []).append(
            f"[{name}](../{module.replace('.', '/')}.py)"
        )
    rows = []
    first = ("plausible.rules", "baselines")  # before what wraps any of them
    for package in sorted(
        members, key=lambda package: [*(not package.startswith(p) for p in first), package]
    ):
        idea = first_sentence(importlib.import_module(package))
        rows.append([f"[{idea}](../{package.replace('.', '/')})", ", ".join(members[package])])
    return table(["family", "rules"], rows)


def rules() -> str:
    """What is registered, rule by rule."""
    rows = [
        [f"`{row['name']}`", row["what"], ", ".join(row["answers"]) or "–", row["source"]]
        for row in entries("rules")
    ]
    return table(["rule", "what", "criticism it answers", "source"], rows)


def criticisms() -> str:
    """What rules answer: one vocabulary."""
    rows = [[row["name"], row["what"], row["source"]] for row in entries("criticisms")]
    return table(["criticism", "what it says", "source"], rows)


def needed() -> str:
    """What every rule needs, each in its own unit."""
    made = [Costs(**row) for row in json.loads((TABLES / "audit.json").read_text(encoding="utf-8"))["costs"]]
    rows = [[f"`{each.rule}`", *cost_cells(each)] for each in made]
    return table(["rule", *COST_HEADS.values()], rows)


def synapses() -> str:
    """The verdicts on rules of single synapses."""
    made = json.loads((TABLES / "audit.json").read_text(encoding="utf-8"))["synapses"]
    heads = list(made[0]["criticisms"])
    rows = [[f"`{each['rule']}`", *(each["criticisms"][name]["verdict"] for name in heads)] for each in made]
    same = [name for n, name in enumerate(heads, 1) if len({row[n] for row in rows}) == 1]
    kept = [0, *(n for n, name in enumerate(heads, 1) if name not in same)]
    alike = ", ".join(f"{name} {rows[0][1 + heads.index(name)]}" for name in same)
    shown = table([["rule", *heads][n] for n in kept], [[row[n] for n in kept] for row in rows])
    return f"{shown}\n\nAll alike: {alike}."


def gallery() -> str:
    """Every study that has a figure: its question, what came out, and the published numbers beside ours."""
    sections = []
    for file in candidates():
        if (ROOT / "figures" / f"{file.stem}.png").exists():
            question, numbers = find(file.stem).question, beside(file.stem)
            sections.append(f"## {file.stem}\n\n{question}\n\n![{file.stem}](../figures/{file.stem}.png)")
            sections += of_its_code(file.stem)
            if len(numbers):
                head = ["what", "held against", "band", "ours", "n", "verdict", "source, and what differs"]
                said = map(in_words, numbers.to_dict("records"))
                lines = [[*row[:6], row.notes] for row in said]
                escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
                summary = f"<details><summary>{summed_up(numbers)}</summary>"
                sections.append(f"{summary}\n\n{table(head, escaped)}\n\n</details>")
    return "\n\n".join(sections)


def of_its_code(name: str) -> list[str]:
    """A line on the commits whose code computed a table, and on its runs that were computed anew."""
    if name not in tables():
        return []
    by = [f"`{one['commit']}`" for one in commits_of(tables()[name]) if one["commit"]]
    several = f" and {len(by) - FEW} more" if len(by) > FEW else ""
    told = [f"Computed by the code of {', '.join(by[:FEW])}{several}."] if by else []
    told += [f"{since}."] if (since := anew(tables()[name])) else []
    return [" ".join(told)] if told else []


def published() -> str:
    """How many published numbers of each kind agree, over all committed tables."""
    numbers = counted(beside(file.stem) for file in candidates())
    head = ["held against", *VERDICTS, "independent runs"]
    rows = [[str(cell) for cell in row] for row in numbers.itertuples(index=False)]
    return f"{table(head, rows)}\n\n[Which, and which not](gallery.md)."


def answer_now() -> str:
    """The answer as it stands, in sentences: those of the site's front page, and how many published numbers agree."""
    leading, matrix = told(["accuracy", AUDIT])
    said = [*by_task(compared(leading.beside), unjudged(leading.beside)), *of_criticisms(audited([matrix]))]
    numbers = counted(beside(file.stem) for file in candidates()).set_index("kind")
    kind = "published, in its setting"
    ours, every = numbers.loc[kind], {file.stem: beside(file.stem) for file in candidates()}
    agree = pd.Series(
        {name: ((it.kind == kind) & (it.verdict == "agrees")).sum() for name, it in every.items()}
    )
    said.append(
        f"Of {ours[[*VERDICTS]].sum()} numbers published of a setting that can be run here as it was, {ours['agrees']} "
        f"agree with ours ({agree.max()} of them in one study, {agree.idxmax()}), {ours['differs']} differ, "
        f"{ours['undecided']} are undecided, {ours['lost']} lost and {ours['not run']} not run."
    )
    return "\n".join(f"- {sentence}" for sentence in said)


@cache
def beside(name: str) -> pd.DataFrame:
    """The published numbers of a study beside those of its committed table; as not run, without a table."""
    file, study = TABLES / f"{name}.parquet", find(name)
    return (
        frame(study, pd.read_parquet(file))
        if file.exists()
        else frame(replace(study, published=()), NO_TABLE)
    )


def statements() -> str:
    """What textbooks say, each with a verdict, and the numbers behind it."""
    of_study = beside("textbook")
    numbers = dict(zip(of_study.what, of_study.to_dict("records"), strict=True))
    rows: list[list[str]] = []
    for sentence, several in groupby(textbook.STATEMENTS, key=lambda statement: statement.sentence):
        found = [
            in_words(numbers[statement.number.what])
            for statement in several
            if statement.number.what in numbers
        ]
        rows += [
            ["" if place else f"**{sentence}**", "" if place else f"**{agreed([one.verdict for one in found])}**",
             one.what, one.published, one.ours, ANSWERS.get(one.verdict, one.verdict)]
            for place, one in enumerate(found)
        ]  # fmt: skip
    return table(["what is said", "holds", "put to the test", "foretold", "ours [95 %]", "kept"], rows)


ANSWERS = {"agrees": "yes", "differs": "no"}


def agreed(verdicts: list[str]) -> str:
    """Whether a statement holds, by the verdicts on what it foretells."""
    if {*verdicts} <= {*ANSWERS} and len({*verdicts}) == 1:
        return ANSWERS[verdicts[0]]
    return "in part" if {*ANSWERS} <= {*verdicts} else "undecided"


def speed() -> str:
    """The ratios that have a bound, as last measured: a row for all settings of one comparison with one bound."""
    bounded = [row for row in latest() if row["bound"] is not None]
    measured: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for row in bounded:
        if row["ratio"]:
            of_rules = row["name"] == "rules"
            what = "steps of other rules over backprop" if of_rules else row["what"].partition(":")[0]
            measured.setdefault((what, row["bound"]), []).append(row)
    rows = []
    for (what, bound), several in measured.items():
        values = sorted(row["ratio"][1] for row in several)
        median = " to ".join(dict.fromkeys(f"{value:.3g}" for value in (values[0], values[-1])))
        rows.append([what, median, f"{bound:.3g}", met(several)])
    absolute = [row for row in bounded if not row["ratio"]]
    note = (
        f"As last measured; a ratio below 1 means that ours is faster. Of the bounds on times, growth and memory "
        f"{met(absolute)} are kept: [all rows, machine by machine](../benchmarks/RESULTS.md)."
    )
    return noted(["what", "median ratio", "bound", "met"], rows, note)


def met(rows: list[dict[str, Any]]) -> str:
    """How many benchmarks keep their bounds."""
    return f"{sum(bool(row['met']) for row in rows)} of {len(rows)}"


def noted(head: list[str], rows: list[list[str]], note: str) -> str:
    """A table with a note below it."""
    return f"{table(head, rows)}\n\n{note}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        take(Path(sys.argv[1]))
    profiles.main()
    for page in PAGES:
        with whole(ROOT / page) as new:
            text = (ROOT / page).read_text(encoding="utf-8")
            new.write_text(written(text), encoding="utf-8")
    older = [name for name, file in tables().items() if state(file) == "older"]
    if older:
        print(f"tables older than their code: {', '.join(older)}; plausible verify NAME", file=sys.stderr)
