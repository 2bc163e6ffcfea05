"""Runs under stress, each beside the reference under the same stress: what a rule's label says becomes a setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from plausible.study.columns import taken_apart
from plausible.study.run import REFERENCES
from plausible.study.work import NONE

STRESSED, HELD = "stressed", "HeldSigns"  # the rule that is around others, and the optimiser that is a stress
NO_STRESS = "no stress"
Where = tuple[str, str, str]  # task, hidden, epochs


class Stresses(NamedTuple):
    """Where a table has its reference under which stress.

    Runs of other stresses keep the label of their rule, and stand beside the reference without stress: feedback that
    the reference does not have cannot be stressed.
    """

    with_reference: frozenset[tuple[Where, str]]
    several: frozenset[tuple[str, str]]  # tasks and hidden that were learned for several numbers of epochs

    def place(self, task: str, rule: str, settings: Mapping[str, Any]) -> tuple[str, str]:
        """What a run's rule is called, and its setting: the stress, and the epochs where those vary."""
        where = where_of(task, settings)
        inner, stress = of(rule, str(settings.get("optimiser", NONE)))
        if (where, stress) not in self.with_reference and inner != rule:
            inner, stress = rule, of(NONE, str(settings.get("optimiser", NONE)))[1]
        return inner, f"{stress}, {where[2]} epochs" if where[:2] in self.several else stress


def where_of(task: str, settings: Mapping[str, Any]) -> Where:
    """Within which task, units and epochs a run is compared."""
    epochs = settings.get("epochs")
    told = NONE if epochs is None or pd.isna(epochs) else f"{float(epochs):g}"
    return str(task), str(settings.get("hidden", NONE)), told


def of(rule: str, optimiser: str) -> tuple[str, str]:
    """The rule inside, and its stress in words; the rule itself where it has none.

    >>> from plausible.report.under_stress import of
    >>> of("stressed[rule=pepita,delay=8]", "SGD(rate=1.0)"), of("pepita", "HeldSigns(inner=SGD(rate=1.0), share=0.5)")
    (('pepita', 'delay=8'), ('pepita', 'held signs=0.5'))
    """
    name, options = taken_apart(rule) if rule.strip() else ("", {})
    inside = options.pop("rule", rule) if name == STRESSED else rule
    parts = [f"{option}={value}" for option, value in options.items()] if inside != rule else []
    name, options = taken_apart(optimiser) if optimiser.strip() else ("", {})
    parts += [f"held signs={options.get('share', NONE)}"] if name == HELD else []
    return inside, ", ".join(parts) or NO_STRESS


def stresses(table: pd.DataFrame) -> Stresses | None:
    """The stresses of a long table that has its reference under one; None of any other table."""
    names = [name for name in ("task", "rule", "hidden", "optimiser", "epochs") if name in table]
    runs: Any = table[names].drop_duplicates().to_dict("records") if len(table) else []
    found, epochs = set(), set()
    for run in runs:
        where = where_of(run["task"], run)
        inner, stress = of(str(run["rule"]), str(run.get("optimiser", NONE)))
        epochs.add(where)
        if inner.partition("@")[0] in REFERENCES:
            found.add((where, stress, inner != run["rule"]))
    if not any(around for *_, around in found):
        return None
    places = [where[:2] for where in epochs]
    several = frozenset(place for place in places if places.count(place) > 1)
    return Stresses(frozenset((where, stress) for where, stress, _ in found), several)


def apart(table: pd.DataFrame, found: Stresses | None) -> pd.DataFrame:
    """The table with the rules inside of `stressed`, and with the column `stress`; as it is, where `found` is None.

    Each rule then stands beside the reference of its task, units, epochs and stress, whatever the rates of both are.
    """
    if found is None:
        return table
    names = [name for name in ("task", "rule", "hidden", "optimiser", "epochs") if name in table]
    runs = table[names].drop_duplicates()
    records: Any = runs.to_dict("records")
    placed = [found.place(str(run["task"]), str(run["rule"]), run) for run in records]
    told = runs.assign(inner=[inner for inner, _ in placed], stress=[stress for _, stress in placed])
    whole = table.merge(told, on=names, how="left", validate="many_to_one")
    return whole.assign(rule=whole.inner).drop(columns="inner").set_axis(table.index)
