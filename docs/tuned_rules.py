"""What docs/tuned.md says of rules whose settings were searched for: what won, and what it reaches on fresh seeds."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from plausible.printing import words
from plausible.printing.words import number
from plausible.report.beside import notes, span
from plausible.report.paired import beside_reference
from plausible.study.columns import parts, taken_apart
from plausible.study.store.tables import tables


def tuned() -> tuple[list[str], list[list[str]], str]:
    """The winners of tuning on fresh seeds, beside backprop: the head, the rows, and a note."""
    frame = pd.read_parquet(tables()["accuracy"])
    settings = frame.drop_duplicates(["task", "rule"]).set_index(["task", "rule"]).optimiser
    trials = pd.read_parquet(tables()["accuracy-tuning"])
    rows = []
    compared = beside_reference(frame)
    for row in compared[compared.lost_as.isna()].to_dict("records"):
        values: Any = row | {"task": row["task"].partition(",")[0]}
        rate = parts(settings[values["task"], values["rule"]]).get("rate_start")
        rule, options = taken_apart(values["rule"])
        texts = [f"rate {rate}"] * bool(rate) + [f"{name} {text}" for name, text in options.items()]
        texts += edges(trials, values["task"], rule)
        setting = ", ".join(texts)
        test = span(values, ("mean", "low", "high"), 100, ".2f")
        difference = span(values, ("difference", "difference_low", "difference_high"), 100, "+.2f")
        good = values["as_good"] if isinstance(values["as_good"], str) else words.NOTHING
        seen = number(100 * values["detectable"], ".2f")
        p = number(values["p_holm"], ".2g")
        rows.append([values["task"], rule, setting, test, str(values["lost"]), difference, good, seen, p])
    head = ["task", "rule", "setting found", "test % [95 %]", "lost", "less backprop, paired [95 %]"]
    head += ["as good?", "sees at 80 %", "p Holm"]
    told = "; ".join(note for note in notes(compared) if not note.startswith("marks"))
    read = "Fresh seeds read their test split for the first time"
    if frame.task.str.contains("split=seed").any():
        read += (
            "; where splits are cut by the seed, settings were chosen on some of its images, by other seeds"
        )
    note = f"{stages(trials, frame)} {read}. {told[0].upper()}{told[1:]}."
    return head, rows, note


def edges(trials: pd.DataFrame, task: str, rule: str) -> list[str]:
    """Where what won of a rule lies at an edge of what was searched, in words."""
    won = trials[(trials.task == task) & (trials.rule == rule) & (trials.get("won", 0) == 1)]
    found = [edge for edge in won.get("edge", ()) if isinstance(edge, str) and edge]
    return [re.sub(r"(optimiser|rule)\.", "", edge) for edge in found]


def stages(trials: pd.DataFrame, frame: pd.DataFrame) -> str:
    """How every task of a table was tuned, in words: trials, finals and fresh seeds."""
    told = []
    for task, tried in trials[trials.task.isin(frame.task.unique())].groupby("task", sort=False):
        count, epochs = tried.groupby("rule").size(), words.count(tried.epochs.iloc[0], "epoch")
        many = " to ".join(map(str, sorted({count.min(), count.max()})))
        finals = tried.dropna(subset="final_seeds") if "final_seeds" in tried else tried[:0]
        best = (
            "" if finals.empty else f", then the best again in full on {finals.final_seeds.max():.0f} seeds"
        )
        seeds = words.count(frame[frame.task == task].seed.nunique(), "fresh seed")
        edge = " (more where the best lay at an edge)" if count.min() < count.max() else ""
        told.append(f"{task}: {many} trials a rule{edge} of {epochs}{best}, and the winner on {seeds}")
    held = "Network, activation, first weights, batch size, momentum and schedule are held alike"
    return f"Chosen on validation. {'; '.join(told)}. {held}."
