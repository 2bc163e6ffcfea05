"""What every probe promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plausible.contract.data import check_settings, check_stored
from plausible.contract.promises import Broken, Promise, applies, holds
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.probes.performance import Scores
from plausible.probes.probe import check_probes
from plausible.registry import registry
from plausible.study.course import execute
from plausible.study.run import Outcome, Run

PLAIN = Run(
    "two-moons[examples=60]", "weight-mirror", MLP((5, 4)), epochs=2, batch_size=10, probes=(Scores(),)
)
CLOCK = "second"  # a metric with this word is of the clock, which no two runs share


def run(text: str, *others: Any) -> Outcome:
    """A small run of a rule that draws, with a probe after `others`. Raises `Broken` if the probe raises."""
    probe = registry.probe(text)
    outcome = execute(replace(PLAIN, probes=(*others, probe)))
    if outcome.status != "done" or outcome.reason:
        raise Broken(outcome.reason or outcome.status)
    return outcome


def told(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Every number but those of the clock, NaN as a word."""
    return [tuple(map(str, row._replace(seconds=0))) for row in outcome.rows if CLOCK not in row.metric]


def holds_settings_only(text: str) -> None:
    """It is a frozen dataclass that holds settings, and no arrays."""
    check_settings(registry.probe(text))


def says_when_it_looks(text: str) -> None:
    """It has a name, says at which moments it looks, and which split it measures."""
    probe = registry.probe(text)
    try:
        check_probes((probe,))
    except BadInput as error:
        raise Broken(str(error)) from error
    holds(
        isinstance(probe.name, str) and probe.name.isprintable() and bool(probe.name),
        f"its name is {probe.name!r}",
    )
    holds(bool(probe.when), "`when` is empty, so that it never looks")


def is_stored(text: str) -> None:
    """It is written as JSON, as which it travels and is stored, and read again as an equal one."""
    check_stored(registry.probe(text))


def measures_numbers(text: str) -> None:
    """What it yields are measurements: words for metric and layer, and a number."""
    outcome = run(text)
    applies(bool(outcome.rows), "it has nothing to measure in a feedforward network without a report")


def repeats_itself(text: str) -> None:
    """Two runs of one seed measure the same, but for what has seconds in its name."""
    holds(
        told(run(text)) == told(run(text)),
        "two runs of one seed measure other numbers: draw from sight.rng only",
    )


def moves_no_other_number(text: str) -> None:
    """It changes nothing of the run: all that is measured without it is measured with it, to the last bit."""
    alone = told(execute(PLAIN))
    beside = told(run(text, *PLAIN.probes))
    missing = [row for row in alone if row not in beside]
    holds(
        not missing,
        f"the {missing[0][7] if missing else ''} of the run changes where it looks: it writes, or draws",
    )


PROMISES: tuple[Promise, ...] = (
    holds_settings_only,
    says_when_it_looks,
    is_stored,
    measures_numbers,
    repeats_itself,
    moves_no_other_number,
)
