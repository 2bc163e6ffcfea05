"""The audit of a rule: for each criticism what was measured, what its authors claim, and what the literature says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Step
from plausible.errors import BadInput, NotInstalled, installing
from plausible.plausibility.beside import beside_changes
from plausible.plausibility.decided import hanging, undecided
from plausible.plausibility.explained import explanation
from plausible.plausibility.intervention import dense, moved
from plausible.plausibility.judged import CELLS
from plausible.plausibility.literature import Said, said_of
from plausible.plausibility.looking import looking
from plausible.plausibility.patience import LIMIT, patient
from plausible.plausibility.spikes.judged import Spiking
from plausible.plausibility.spikes.made import at_the_second, made_of_weights
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.models import MODELS
from plausible.plausibility.spikes.overheard import of_rule, outside, overheard
from plausible.plausibility.subject import Cell, Subject
from plausible.plausibility.unrun import Branch, Running, is_own
from plausible.plausibility.unvaried import Other, others
from plausible.plausibility.world import World, as_its_own, world
from plausible.registry import registry, specs
from plausible.registry.criticisms import CRITICISMS, answer
from plausible.registry.failure import failure

SILENT = Cell("untraceable", evidence="it changes no weight by the presentation that it is shown")
BY_NAMES = (
    "weight transport",
    "exact derivatives",
    "non-local error",
    "separate phases",
    "update locking",
    "one-to-one units",
)
TAUGHT = ("target at the output", "storage in time")
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


def audit(
    text: str,
    only: Iterable[str] = (),
    limit: float = LIMIT,
    deaf: Callable[[str], None] = lambda said: None,
) -> Audited:
    """Measure which criticisms the rule answers that `text` names, or the rule of single synapses.

    Nothing that the rule learns elsewhere is changed: it learns on weights, examples and random numbers of the audit's.
    Args:
        text: what names the rule, or the rule of single synapses.
        only: names of criticisms; with them no other is measured.
        limit: seconds that one step of the rule may take (`plausible.plausibility.patience`).
        deaf: what is done, with what is to be said, where a step that takes longer cannot be stopped.

    Raises:
        BadInput: if there is no such rule, if it cannot learn in the audit's small world, or not within the limit, or
            if it claims to answer what is no criticism.
    """
    if text in MODELS:
        return audit_model(MODELS[text](), only)
    with patient(text, limit, deaf):
        return audit_rule(text, only)


def audit_rule(text: str, only: Iterable[str] = ()) -> Audited:
    """`audit` of a rule, however long it takes."""
    try:
        with Running(file_of(text), enough=not specs.parse(text).options) as running:
            subject = subject_of(text)
            found = judged(subject, text, only)
            asked = running.file and any(map(may_be_open, found.measured))
            watched = asked and not subject.spiking
            unrun = running.unrun() if asked else []
            if unrun and watched:
                subject.try_later()
                found = judged(subject, text, only)
        if not watched:  # what a simulation compiles lies in no file, and is read as a circuit
            return with_unknown(found, unknown([each for each in unrun if each.line], ""))
        unrun = running.unrun() if unrun else []
        differs = "" if subject.made.failure else looking(lambda seed: world(text, seed), running.file)
        found = with_unknown(found, unknown(unrun, differs))
        return with_others(found, text, {each.co_filename for each in running.ran})
    except BadInput:
        raise
    except Exception as error:  # whatever a rule raises
        raise BadInput(not_learning(text, error)) from error


def not_learning(text: str, error: Exception) -> str:
    """What is said of a rule that raises where it is audited."""
    said = f"rule {text!r} does not learn where it is audited: {failure(error).reason}"
    return f"{said}; what `plausible check {text}` asks for has to hold first"


def with_others(found: Audited, text: str, files: Iterable[str]) -> Audited:
    """What was measured; not clean is what is none where values of the rule come out otherwise than they did."""
    if any(map(may_be_open, found.measured)):
        for other in others(lambda seed: world(text, seed), files):
            found = reopened(found, text, other)
    return found


def reopened(found: Audited, text: str, other: Other) -> Audited:
    """What was measured, with those criticisms open that are no more removed where something came out otherwise."""
    asked = [each.criticism for each in found.measured if may_be_open(each)]
    asked = [each for each in asked if not other.only or each in other.only]
    if not asked:
        return found
    if other.unknown:
        return with_unknown(found, [other.said])
    try:
        with other.entered():
            subject = subject_of(text, other.world)
            there = judged(subject, text, asked)
            said = {
                each: f"it hangs on {on}"
                for each in asked
                if (on := hanging(each, other.tokens, other.moves, subject))
            }
        clean = {each.criticism for each in there.measured if each.cell.verdict == "removed"}
        said = {each: there.of(each).cell.evidence for each in asked if each not in clean} | said
    except (Exception, SystemExit):  # whatever a rule raises where a value of its own is another
        said = dict.fromkeys(asked if other.moves else (), "it could not be measured")
    if other.turns:
        said["separate phases"] = "changes turn to the reverse"
    several = [
        each._replace(cell=Cell("untraceable", each.cell.value, open_by(other, said[each.criticism])))
        if each.criticism in said and each.criticism in asked
        else each
        for each in found.measured
    ]
    return found._replace(measured=tuple(several))


def open_by(other: Other, evidence: str) -> str:
    """Why nothing can be told, in words."""
    return f"cannot tell: {other.said}; were it otherwise: {evidence}"


def may_be_open(measured: Measured) -> bool:
    """Whether a criticism is measured as removed, which code that nobody knows would leave open."""
    return measured.cell.verdict == "removed" and measured.criticism in BY_NAMES + TAUGHT


def file_of(text: str) -> str:
    """The file that a rule of one's own is written in, or a class that it derives from; "" for a registered one."""
    name = specs.parse(text).name
    kinds = getattr(registry.load("rule", name), "__mro__", ()) if ":" in name else ()
    own = [each for kind in kinds for each in vars(kind).values() if isinstance(each, FunctionType)]
    return next((each.__code__.co_filename for each in own if is_own(each.__code__.co_filename)), "")


def unknown(unrun: list[Branch], differs: str) -> list[str]:
    """Why nothing of a rule is clean: branches that never ran, what may lead anywhere, and what differs in an audit."""
    said = [differs] if differs else []
    for words, kind in (
        ("what follows at {} never ran while it was audited", [each for each in unrun if each.parts]),
        ("what {} leads to is not known", [each for each in unrun if not each.parts]),
    ):
        lines = "; ".join(f"line {each.line} ({each.condition})" for each in kind[:3])
        said += [words.format(lines)] if lines else []
    return said


def with_unknown(found: Audited, reasons: list[str]) -> Audited:
    """What was measured; nothing of a rule is clean where there are reasons why it is not known what it does."""
    if not reasons:
        return found
    said = f"cannot tell: {'; '.join(reasons)}"
    several = [
        each._replace(cell=each.cell._replace(verdict="untraceable", evidence=said))
        if may_be_open(each)
        else each
        for each in found.measured
    ]
    return found._replace(measured=tuple(several))


def subject_of(text: str, made: Callable[[World], World] = lambda world: world) -> Subject:
    """The rule that `text` names, to be measured, in worlds of which others may be made."""

    def own() -> World | None:
        default = as_its_own(text)
        return None if default is None else made(default)

    subject = Subject(lambda seed: made(world(text, seed)), own)
    if not subject.spiking:
        learns(text, subject.world)
    return subject


def judged(subject: Subject, text: str, only: Iterable[str] = ()) -> Audited:
    """What was measured of a rule, beside what is claimed and said of it."""
    given = specs.parse(text).name
    name = given if ":" in given else registry.full_name("rule", given)
    answers = getattr(subject.world.rule, "answers", ())
    if isinstance(answers, str):
        raise BadInput(
            f"answers is {answers!r}: expected names of criticisms in a tuple, as in ({answers!r},)"
        )
    said = map(answer, answers)
    claims = {found.criticism.name: found.only for found in said}
    cell, why = cells_of(subject, text)
    return Audited(text, tuple(measured(cell, name, each, claims, why) for each in chosen(only)))


def learns(text: str, here: World) -> None:
    """Raise `BadInput` if a rule returns no step at the audit's presentations, or a change that is not finite."""
    for number, each in enumerate((here, here.later) if len(here.shown) > 1 else (here,), start=1):
        step: Any = each.step()
        said = f"rule {text!r} does not learn where it is audited: at presentation {number} its update"
        if not isinstance(step, Step):
            raise BadInput(
                f"{said} returned {type(step).__name__}, expected a Step: return Step(updates, state)"
            )
        if lost := [name for name, change in dense(step).items() if not np.isfinite(change).all()]:
            raise BadInput(
                f"{said} proposes changes of {', '.join(lost)} that are not finite, expected numbers; "
                "nothing can be told of them"
            )


def chosen(only: Iterable[str]) -> list[str]:
    """Names of criticisms in their order: all, or those that are given. Raises `BadInput` if there is no such one."""
    names = {answer(each).criticism.name for each in only}
    return [each.name for each in CRITICISMS if not names or each.name in names]


def audit_model(model: Model, only: Iterable[str] = ()) -> Audited:
    """Measure which criticisms a spiking model answers, by its equations and with given spikes; `only` as in `audit`.

    Raises:
        BadInput: if its equations cannot be read.
    """
    it = Spiking(model)
    return Audited(model.name, tuple(measured(it.cell, "", each, {}) for each in chosen(only)))


def cells_of(subject: Subject, text: str) -> tuple[Callable[[str], Cell], str]:
    """What measures a criticism of a rule, by marks and interventions, or for a simulated one by its circuit.

    Also why claims of a simulated rule cannot be measured on this machine, if that is so.
    """
    why = ""
    if subject.spiking:
        try:
            return simulated(subject.world, text).cell, ""
        except Exception as error:  # no Brian2, or a simulation of another kind
            missing = isinstance(error, NotInstalled)
            why = f"without Brian2 it cannot be measured: {installing('spiking')}" if missing else ""
            reason = why or f"its simulation cannot be read: {failure(error).reason}"
            subject.made = subject.made._replace(failure=reason)
    elif is_silent(subject.world):
        return lambda criticism: SILENT, ""
    elif not any(name[:1] in ("W", "R") for name in subject.world.params):
        return lambda criticism: unnamed(criticism, CELLS[criticism](subject), subject.world), ""
    return lambda criticism: undecided(criticism, CELLS[criticism](subject), subject), why


def unnamed(criticism: str, found: Cell, world: World) -> Cell:
    """What was found of a rule whose weights have names of their own: layers are told by names, and none is clean."""
    if criticism not in BY_NAMES or found.verdict == "present":
        return found
    names = ", ".join(world.params)
    return Cell(
        "untraceable", evidence=f"its weights are called {names}: layers are told by W1, W2 ... and R1 ..."
    )


def is_silent(world: World) -> bool:
    """Whether a rule proposes nothing for what it is shown, as one that is delayed: nothing can be told of it then."""
    return not any(np.any(change) for change in dense(world.step()).values())


def simulated(subject: World, text: str) -> Spiking:
    """A rule whose work is a simulation: its circuit, and whether its changes move with labels."""
    shown = subject.shown[0]
    with overheard() as runs:
        step = subject.step()
        model, more = of_rule(runs, text), outside(runs, of_rule(runs, text), dense(step))
        rolled = np.roll(shown.y, (1, 1), axis=(0, 1))
        other = subject.step(
            shown=shown._replace(y=rolled)
        )  # the same reward, which says nothing of these labels
        made = made_of_weights(subject, model, runs[0].start, step)
    made = made._replace(more=(*made.more, *at_the_second(subject, step, other, text)))
    silent = not any(learned(each) for each in (step, other))
    by = math.nan if silent else max(moved(dense(step), dense(other)).by.values())
    if beside_changes(step) != beside_changes(other):  # by labels a weight decays, or is held
        by = max(1.0, by)
    return Spiking(model, by, tuple(more), made)


def learned(step: Step) -> bool:
    """Whether neurons spiked in the simulation of a step, and it changed anything."""
    spiked = bool(step.internals.get("spikes", 1))
    return spiked and any(np.any(change) for change in dense(step).values())


def measured(
    cell: Callable[[str], Cell], name: str, criticism: str, claims: Mapping[str, str], why: str = ""
) -> Measured:
    """One criticism of a rule, with what is claimed; `cell` measures it, and `why` says why it may not."""
    claimed = ""
    if criticism in claims:
        claimed = f"removed in part: {claims[criticism]}" if claims[criticism] else "removed"
    found = cell(criticism)
    explained = explanation(name, criticism) or (why if found.verdict == "untraceable" else "")
    return Measured(criticism, found, claimed, tuple(said_of(name, criticism)), explained)
