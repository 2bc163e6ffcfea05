"""The audit of a rule: for each criticism what was measured, what its authors claim, and what the literature says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from plausible.errors import BadInput
from plausible.plausibility.explained import explanation
from plausible.plausibility.judged import CELLS
from plausible.plausibility.literature import Said, said_of
from plausible.plausibility.subject import Cell, Subject
from plausible.plausibility.world import world
from plausible.registry import registry, specs
from plausible.registry.criticisms import CRITICISMS, answer
from plausible.registry.failure import failure

MARKS = {"present": "x", "removed": "-", "partly": "o", "untraceable": "?", "not applicable": "."}


class Measured(NamedTuple):
    """One criticism of one rule."""

    criticism: str
    cell: Cell
    claimed: str  # "removed", "removed in part: ..." or ""
    literature: tuple[Said, ...]
    explained: str = ""  # why claim and measurement differ, if that is known

    @property
    def agrees(self) -> bool:
        """Whether the measurement bears the claim out.

        It does where nothing is claimed, and where the criticism is measured as removed or does not apply. A claim to
        remove it in part also agrees with the verdict "partly".
        """
        if not self.claimed or self.cell.verdict in ("removed", "not applicable"):
            return True
        return self.cell.verdict == "partly" and self.claimed != "removed"

    @property
    def settled(self) -> bool:
        """Whether claim and measurement agree, or their difference is explained."""
        return self.agrees or bool(self.explained)


class Audited(NamedTuple):
    """A rule, and what was measured of it."""

    rule: str
    measured: tuple[Measured, ...]

    @property
    def agrees(self) -> bool:
        """Whether each difference between a claim and its measurement is explained."""
        return all(each.settled for each in self.measured)

    def of(self, criticism: str) -> Measured:
        """What was measured of one criticism."""
        return next(each for each in self.measured if each.criticism == criticism)


def audit(text: str) -> Audited:
    """Measure which criticisms the rule answers that `text` names.

    Nothing that the rule learns elsewhere is changed: it learns on weights, examples and random numbers of the audit's.

    Raises:
        BadInput: if there is no such rule, if it cannot learn in the audit's small world, or if it claims to answer
            what is no criticism.
    """
    given = specs.parse(text).name
    name = given if ":" in given else registry.full_name("rule", given)
    try:
        subject = Subject(lambda seed: world(text, seed))
        if not subject.spiking:
            subject.world.step()
        said = map(answer, getattr(subject.world.rule, "answers", ()))
        claims = {found.criticism.name: found.only for found in said}
        return Audited(text, tuple(measured(subject, name, each.name, claims) for each in CRITICISMS))
    except BadInput:
        raise
    except Exception as error:  # whatever a rule raises
        raise BadInput(
            f"rule {text!r} does not learn where it is audited: {failure(error).reason}"
        ) from error


def measured(subject: Subject, name: str, criticism: str, claims: Mapping[str, str]) -> Measured:
    """One criticism of a rule, with what is claimed."""
    claimed = ""
    if criticism in claims:
        claimed = f"removed in part: {claims[criticism]}" if claims[criticism] else "removed"
    cell = CELLS[criticism](subject)
    return Measured(criticism, cell, claimed, tuple(said_of(name, criticism)), explanation(name, criticism))
