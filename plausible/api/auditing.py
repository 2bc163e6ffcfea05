"""Audits in notebooks and scripts: what the command `audit` measures and prints, as a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from plausible.api.own import named
from plausible.api.words import RuleLike
from plausible.errors import BadInput
from plausible.plausibility import audit as measuring
from plausible.plausibility import costs as counting
from plausible.plausibility.audit import Audited
from plausible.plausibility.costs import Costs
from plausible.plausibility.patience import LIMIT
from plausible.plausibility.spikes.model import Model, of_plasticity
from plausible.plausibility.spikes.models import ALL as ALL_MODELS
from plausible.plausibility.spikes.models import MODELS
from plausible.printing import html
from plausible.printing.table import as_text
from plausible.registry import registry, specs
from plausible.report import plausibility as report
from plausible.spiking.circuit import Circuit
from plausible.spiking.plasticity import Plasticity

ALL = "all"


@dataclass(frozen=True, repr=False, eq=False)
class Audits:
    """What was measured of rules. It shows itself as the tables that `plausible audit` prints.

    >>> import plausible as pl
    >>> made = pl.audit("dfa")
    >>> frame = made.frame.set_index("criticism")
    >>> frame.verdict["weight transport"], frame.claimed["weight transport"], made.agrees
    ('removed', 'removed', True)
    """

    audits: tuple[Audited, ...]

    @property
    def agrees(self) -> bool:
        """Whether each claim that is measured otherwise is explained."""
        return all(each.agrees for each in self.audits)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each rule and criticism: the verdict, its evidence by either instrument, claims and literature."""
        return report.frame(self.audits)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """A row for each rule: what it needs, each in its own unit (`plausible.plausibility.costs.Costs`).

        >>> import plausible as pl
        >>> pl.audit("equilibrium-propagation").costs.settling_steps.item()
        50.0
        """
        return report.cost_frame(needed(*(each.rule for each in self.audits)))

    def __repr__(self) -> str:
        return "\n".join([as_text(report.tables(self.audits)), *report.differences(self.audits)])

    def _repr_html_(self) -> str:
        return "".join(html.table(table) for table in report.tables(self.audits))


def audit(
    *rules: RuleLike | Plasticity | Circuit | Model,
    limit: float = LIMIT,
    deaf: Callable[[str], None] = lambda said: None,
) -> Audits:
    """Measure which criticisms of backpropagation rules answer, on their own code.

    What a change of weights is made of is followed through the arithmetic of the rule, and what moves it is tried, in a
    small world of the audit's own: no result is changed. Of spiking models the equations are read, and spikes are
    shifted. Beside each verdict stand what the rule's authors claim, its `answers`, and what the literature says.

    Args:
        rules: words such as "fa", instances or classes; "all" for every registered one. Rules of single synapses by
            names such as "pair-stdp", "models" for all of them, or as a `Plasticity`; a spiking network as a `Circuit`,
            or with values that it starts from, as a `Model`.
        limit: seconds that one step of a rule may take there; waiting for a busy processor does not count.
        deaf: what is done, with what is to be said, where a step that takes longer cannot be stopped, as one that
            sleeps; by default it is waited for.

    Raises:
        BadInput: if there is no such rule, or it cannot learn in that world, or not within the limit.

    >>> import plausible as pl
    >>> verdicts = pl.audit("backprop", "fa").frame.pivot(index="rule", columns="criticism", values="verdict")
    >>> verdicts["weight transport"].to_dict()
    {'backprop': 'present', 'fa': 'removed'}
    """
    if not rules:
        raise BadInput("there is no rule to be audited: expected one or more, such as 'fa', or 'all'")
    made: dict[object, Audited] = {}
    several = [[] if isinstance(each, Plasticity | Circuit | Model) else texts_of(each) for each in rules]
    for text in (text for texts in several for text in texts if text not in MODELS):
        registry.load("rule", specs.parse(text).name)  # all names are known before the first is measured
    for each, texts in zip(rules, several, strict=True):
        if isinstance(each, Plasticity | Circuit | Model):
            made.setdefault(id(each), measuring.audit_model(modelled(each)))
        for text in texts:
            if text not in made:
                made[text] = measuring.audit(text, limit=limit, deaf=deaf)
    return Audits(tuple(made.values()))


def needed(*rules: RuleLike) -> tuple[Costs, ...]:
    """What rules need, of rates and of spikes, each in its own unit, in the small world of an audit.

    Args:
        rules: as of `audit`, without objects of spiking models.

    Raises:
        BadInput: if there is no such rule, or it cannot learn in that world.
    """
    texts = [text for each in rules for text in texts_of(each)]
    return tuple(counting.costs(text) for text in dict.fromkeys(texts))


def modelled(given: Plasticity | Circuit | Model) -> Model:
    """A spiking model of what was given."""
    if isinstance(given, Plasticity):
        return of_plasticity(given)
    return given if isinstance(given, Model) else Model("circuit", given, {})


def texts_of(rule: RuleLike) -> list[str]:
    """The texts of a rule, or of all."""
    if isinstance(rule, str) and rule == ALL:
        return sorted(registry.registered("rule"))
    if isinstance(rule, str) and rule in (ALL_MODELS, *MODELS):
        return [*MODELS] if rule == ALL_MODELS else [rule]
    return [named(rule)[0]]
