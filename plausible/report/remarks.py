"""Remarks on rules that have learned nothing: how that is known, the likely reason, and what to set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from plausible.report.paired import named, varying

SURE = 2.0  # standard errors above chance; a rule that scores more has learned something
LITTLE = 0.99  # normalised error; a rule that has more has learned nothing: answering with the mean has 1
LOST = 0.01  # of the spread in layer 1, or before learning: a layer with less hardly tells inputs apart

JUDGED = (  # scores, what they are by chance, and of how many answers; the second where classes are uneven
    ("accuracy", "chance", "answers"),
    ("balanced accuracy", "balanced chance", "balanced answers"),
)

SCALES = "--init orthogonal for tanh, or --activation relu --init he, or fewer --hidden layers"
RATE = "a smaller rate, as by --optimiser sgd[rate=0.01,momentum=0.9]"
MORE = "another rate by --optimiser, or more --epochs"
IN_STUDY = MappingProxyType(  # the advice for a study: it has no options on the command line, and sets them in its file
    {
        SCALES: "init=Orthogonal() for tanh, or activation relu with init=He(), or fewer hidden layers, in its network",
        RATE: "a smaller rate, as by SGD(0.01, momentum=0.9), in its cells",
        MORE: "another rate of its optimiser, or more epochs, in its cells",
    }
)
IN_PYTHON = (
    MappingProxyType(  # the advice for `compare` in a notebook or a script, whose options are arguments
        {
            SCALES: "init='orthogonal' for tanh, or activation='relu' with init='he', or fewer hidden layers",
            RATE: "a smaller rate, as by optimiser='sgd[rate=0.01,momentum=0.9]'",
            MORE: "another rate by optimiser=, or more epochs",
        }
    )
)
ON_THE_COMMAND_LINE: Mapping[str, str] = MappingProxyType({})


class Idle(NamedTuple):
    """The remark on a rule that has learned nothing: its score, the likely reason, and what to set."""

    score: str  # on validation, in words
    reason: str
    advice: str


def remarks(metrics: pd.DataFrame, advice: Mapping[str, str] = ON_THE_COMMAND_LINE) -> list[str]:
    """One line for the rules of a comparison that have learned nothing, for each reason.

    Args:
        metrics: the measurements of the runs that were done, in long form, with rules as they are called in tables.
        advice: what is said in the place of the options of the command line.
    """
    groups = metrics.groupby("rule", sort=False, observed=True)
    judged = {str(rule): idleness(mine) for rule, mine in groups}
    found = {
        rule: idle._replace(advice=advice.get(idle.advice, idle.advice))
        for rule, idle in judged.items()
        if idle is not None
    }
    return [*told(found), *of_classes(metrics)]


def of_classes(metrics: pd.DataFrame) -> list[str]:
    """Lines on the classes of the validation split: on one that training never shows, and on one that is the only one.

    Neither is refused: real data may have the first, and short drawn sequences the second.
    """
    metrics = metrics[metrics.split == "validation"]
    share, common = (metrics[metrics.metric == name].value for name in ("unseen classes", "chance"))
    lines = []
    if (common == 1).any():
        lines.append(
            "all answers of the validation split are of one class, so that accuracy says nothing: take more sequences, "
            "or longer ones"
        )
    if len(share):
        lines.append(
            f"{100 * share.max():.2g} % of the answers of the validation split are of classes that the train split "
            "never shows: no rule can get them right; split the data so that each class is in both"
        )
    return lines


def of_study(table: pd.DataFrame, done: Collection[str]) -> dict[tuple[str, str], Idle]:
    """The rules of a study that have learned nothing, by task and rule, with what to set in the study.

    Args:
        table: its long table, with the key of every run; settings that vary become a part of the task's name, as in
            `plausible.report.paired.beside_reference`.
        done: the keys of the runs that were done.
    """
    mine = named(table, varying(table))
    needed = [
        "task",
        "rule",
        "key",
        "epoch",
        "layer",
        "split",
        "metric",
        "value",
    ]  # each part copies all columns
    mine = mine.loc[mine.key.isin(list(done)), needed]
    mine = mine.assign(
        seed=mine.key.astype(str)
    )  # in the place of the seed, which several runs share where epochs or batches vary
    groups = mine.groupby(["task", "rule"], sort=False, observed=True)
    judged = {(str(task), str(rule)): idleness(part) for (task, rule), part in groups}
    return {
        where: idle._replace(advice=IN_STUDY[idle.advice])
        for where, idle in judged.items()
        if idle is not None
    }


def told(idle: Mapping[str, Idle]) -> list[str]:
    """One line for each reason, with the rules that have learned nothing for that reason."""
    together: dict[tuple[str, str], list[str]] = {}
    for name, each in idle.items():
        together.setdefault((each.reason, each.advice), []).append(f"{name} ({each.score})")
    return [
        f"no better than chance on validation: {', '.join(names)}; {reason}: try {advice}"
        for (reason, advice), names in together.items()
    ]


def of_classes_in_study(table: pd.DataFrame) -> list[str]:
    """`of_classes` for each task of a study."""
    tasks = table.groupby("task", sort=False, observed=True)
    return [f"task {task}: {line}" for task, mine in tasks for line in of_classes(mine)]


def told_of_study(idle: Mapping[tuple[str, str], Idle]) -> list[str]:
    """`told` for a study's rules, each named with its task."""
    return told({f"{rule} on {task}": each for (task, rule), each in idle.items()})


def idleness(mine: pd.DataFrame) -> Idle | None:
    """Why a rule has learned nothing on any seed; None if it has, or if that cannot be told.

    A rule has learned nothing if its last accuracy, on examples of training and on validation, is within `SURE`
    standard errors of the share of the commonest class, and where classes are uneven its last balanced accuracy of
    1 / n_classes; or if its last normalised error is at least `LITTLE`. It cannot
    be told where that share was not measured, or where `SURE` standard errors of so few answers reach half the way from
    chance to 1.
    """
    ends = mine[mine.epoch == mine.groupby("seed", observed=True).epoch.transform("max")]
    score = at_chance(ends[ends.layer == ""], mine[mine.split == "validation"])
    if score is None:
        return None
    first, last = (spread(part) for part in (mine[mine.epoch == 0], ends))
    if not first or first[0] == 0:
        return Idle(score, "why is not known", MORE)
    top, depth = first[-1], len(first)
    if top < LOST * first[0]:
        reason = f"before learning, hidden layer {depth} varies {ratio(top, first[0])} as much over examples as layer 1"
        return Idle(score, reason, SCALES)
    if last and last[-1] < LOST * top:
        reason = f"after learning, hidden layer {depth} varies {ratio(last[-1], top)} as much over examples as before"
        return Idle(score, reason, RATE)
    return Idle(score, f"examples are told apart up to hidden layer {depth}", MORE)


def at_chance(ends: pd.DataFrame, validation: pd.DataFrame) -> str | None:
    """The last validation score in words, if it and the training score are those of chance; None if they are not."""
    last = ends[ends.split.isin(["train", "validation"])]
    scores, errors = (last[last.metric == name] for name in ("accuracy", "normalised error"))
    if len(scores):
        measured = {*validation.metric}
        judged = [JUDGED[0], *(names for names in JUDGED[1:] if {*names} <= measured)]
        found = [near(last[last.metric == names[0]], validation, *names) for names in judged]
        return None if None in found else "; ".join(filter(None, found))
    idle = len(errors) > 0 and (errors.value >= LITTLE).all()
    return f"normalised error {of_validation(errors):.3f}" if idle else None


def near(scores: pd.DataFrame, validation: pd.DataFrame, metric: str, share: str, answers: str) -> str | None:
    """The last validation score in words, if no score is above chance; None if one is, or that cannot be told."""
    shares, n = (validation[validation.metric == name].value for name in (share, answers))
    if not (len(shares) and len(n)):
        return None
    common = float(shares.max())
    if common == 1:
        return None
    bound = common + SURE * np.sqrt(common * (1 - common) / max(n.min(), 1))
    if bound > (1 + common) / 2 or (scores.value > bound).any():
        return None
    return f"{metric} {of_validation(scores):.3f}, chance {common:.3f}"


def of_validation(scores: pd.DataFrame) -> float:
    """The mean over seeds."""
    return float(scores[scores.split == "validation"].value.mean())


def spread(part: pd.DataFrame) -> list[float]:
    """The spread of activity in each hidden layer, from the lowest up, averaged over seeds."""
    means = part[part.metric == "activity spread"].groupby("layer", observed=True).value.mean()
    layers = {int(str(name)[1:]): float(value) for name, value in means.items()}
    return [layers[number] for number in sorted(layers)]


def ratio(part: float, whole: float) -> str:
    """A ratio in words, such as "0.01 times"."""
    return f"{part / whole:.1g} times"
