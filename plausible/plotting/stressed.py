"""What is left under stress: which stress a run was under, at what strength, and what it lost, paired by seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.study.statistics import mean_interval

STRESSES = {  # the options of stressed rules, and the optimiser that holds signs, in words
    "delay": "delayed changes",
    "asleep": "sleeping layers",
    "weight_noise": "weight noise",
    "feedback_noise": "feedback noise",
    "activity_noise": "activity noise",
    "target_noise": "target noise",
    "weight_bits": "weight bits",
    "update_bits": "change bits",
    "lost": "lost synapses",
    "lost_feedback": "lost feedback",
    "jitter": "jittered spikes",
    "share": "held signs",
}
NONE = "none"
SETTING = ["task", "hidden", "epoch"]  # within which runs are compared
RUN = [*SETTING, "rule", "stress", "strength"]


def stressed(table: pd.DataFrame) -> pd.DataFrame:
    """The runs of a table that are done: task, the rule inside, stress, its strength, seed and test accuracy in %.

    Without stress, `stress` is "none" and `strength` 0.
    """
    done = table[(table.status == "done") & (table.metric == "accuracy") & (table["split"] == "test")]
    around = done.rule.astype(str).str.startswith("stressed[")  # other rules are around others, too
    inside = (done.rule_rule if "rule_rule" in done else pd.Series(np.nan, done.index)).where(around)
    found = done[["task", "seed", "epoch", "hidden"]].assign(
        rule=inside.astype(object).where(inside.notna(), done.rule.astype(object)),
        stress=NONE,
        strength=0.0,
        value=100 * done.value,
    )
    for name in STRESSES:
        column = f"optimiser_{name}" if name == "share" else f"rule_{name}"
        strength = pd.to_numeric(done[column], errors="coerce") if column in done else None
        if strength is not None:
            of = (strength.fillna(0) > 0) & (around | (name == "share"))
            found.loc[of, "stress"], found.loc[of, "strength"] = name, strength[of]
    return found


def strengths(runs: pd.DataFrame, stress: str) -> list[float]:
    """The strengths of a stress, weak to strong: of bits, many to few."""
    found = sorted(runs[runs.stress == stress].strength.unique())
    return found[::-1] if stress.endswith("bits") else found


def middle(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs at the strengths in the middle; of two, at the weaker one."""
    chosen = {name: strengths(runs, name) for name in STRESSES}
    at = {name: found[(len(found) - 1) // 2] for name, found in chosen.items() if found}
    return runs[runs.strength == runs.stress.map(at)]


def lost(runs: pd.DataFrame) -> pd.DataFrame:
    """By setting, rule, stress and strength: points of accuracy lost, the mean of paired differences, and interval."""
    paired = [*SETTING, "rule", "seed"]
    bare = runs[runs.stress == NONE].set_index(paired).value
    under = runs[runs.stress != NONE].set_index(paired)
    under = under.assign(lost=bare.reindex(under.index).to_numpy() - under.value).reset_index()
    rows = []
    for place, mine in under.dropna(subset="lost").groupby(RUN, observed=True, sort=False):
        found = mean_interval(mine.lost.to_numpy())
        rows.append([*place, len(mine), found.estimate, found.low, found.high])
    return pd.DataFrame(rows, columns=[*RUN, "n", "lost", "low", "high"])
