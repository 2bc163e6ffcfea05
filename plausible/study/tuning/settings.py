"""The numbers of a run that are tuned: which there are, within which ranges, and the same run with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from plausible.core import Optimiser
from plausible.errors import BadInput, unknown
from plausible.optimise.nested import members, rebuilt
from plausible.optimise.staged import Staged
from plausible.registry import registry, specs
from plausible.search import Range
from plausible.study.run import Run

End: TypeAlias = Literal["bottom", "top"]  # of a range

EDGE = 0.05  # of a range's width, on its scale: nearer to an end than that, a number is at the edge
WIDER = 1 / 3  # of a range's width, on its scale: by so much a range is widened at one end


Search: TypeAlias = Mapping[str, Mapping[str, Range | None]]  # see `plausible.study.study.Study`


def space(run: Run, search: Search | None = None) -> dict[str, Range]:
    """The settings that are searched: the optimiser's numbers, and those of the rule that its spec does not name.

    The numbers of a wrapper are those of the optimisers inside, as `optimiser.inner.rate`. A number inside that is 0,
    such as the rate of frozen weights, is not searched, nor are those of an optimiser that the rule names. The ranges
    that a study's `search` has for all rules replace those of settings that are searched; those for this rule add to
    them.

    Raises:
        BadInput: if there is nothing to search.
    """
    declared, held, given = declared_by(run), specs.parse(run.rule).options, search or {}
    for_all = {name: range for name, range in given.get("*", {}).items() if name in declared}
    changed = {**declared, **for_all, **given.get(run.rule, {})}
    ranges = {
        name: range
        for name, range in changed.items()
        if range is not None and name.removeprefix("rule.") not in held
    }
    if not ranges:
        raise BadInput(f"nothing to tune for {run.rule!r}: neither it nor its optimiser declares `search`")
    return ranges


def declared_by(run: Run) -> dict[str, Range]:
    """The ranges that the optimiser and the rule of a run declare beside their fields."""
    rule: Any = registry.load("rule", specs.parse(run.rule).name)
    ranges = {
        at("optimiser", path, name): range
        for path, member in ({} if has_its_own(run) else members(run.optimiser)).items()
        for name, range in getattr(member, "search", {}).items()
        if can_be_set(member, name) and not (path and getattr(member, name) == 0)
    }
    return ranges | {f"rule.{name}": range for name, range in getattr(rule, "search", {}).items()}


def place(range: Range, value: float) -> float:
    """Where a number lies in a range, on its scale: 0 at the bottom, 1 at the top; 0.5 in a range of one number."""
    ends = np.array([range.low, range.high, value], float)
    low, high, here = np.log(ends) if range.log else ends
    return float((here - low) / (high - low)) if high > low else 0.5


def inside(range: Range, share: float) -> float:
    """The number at a place of a range, on its scale."""
    ends = np.array([range.low, range.high], float)
    low, high = np.log(ends) if range.log else ends
    value = low + share * (high - low)
    return float(np.clip(np.exp(value) if range.log else value, range.low, range.high))


def edges(ranges: Mapping[str, Range], values: Mapping[str, float]) -> dict[str, End]:
    """The settings whose number is at an edge of its range, each with the end that it is at."""
    places = {name: place(ranges[name], value) for name, value in values.items() if name in ranges}
    below: dict[str, End] = {name: "bottom" for name, at in places.items() if at < EDGE}
    above: dict[str, End] = {name: "top" for name, at in places.items() if at > 1 - EDGE}
    return below | above


def widened(range: Range, end: End) -> Range:
    """A range that goes on at one end, by a third of its width on its scale; numbers do not become negative."""
    ends = np.array([range.low, range.high], float)
    low, high = np.log(ends) if range.log else ends
    further = high + WIDER * (high - low) if end == "top" else low - WIDER * (high - low)
    number = float(np.exp(further)) if range.log else max(float(further), 0.0)
    rounded = float(f"{number:.4g}")
    return replace(range, high=rounded) if end == "top" else replace(range, low=rounded)


def can_be(run: Run, name: str, text: str) -> bool:
    """Whether a run may have this setting: neither its rule nor its optimiser refuses the number."""
    try:
        changed = with_settings(run, {name: text})
        registry.rule(changed.rule, changed.network)
    except (ValueError, TypeError):  # BadInput, and what a class of one's own raises
        return False
    return True


def with_settings(run: Run, values: dict[str, str]) -> Run:
    """A run with other settings: `optimiser.NAME` and `rule.NAME`, as texts."""
    spec = specs.parse(run.rule)
    texts = {what.removeprefix("rule."): text for what, text in values.items() if what.startswith("rule.")}
    spec = spec._replace(options=spec.options | texts)
    numbers = {what: float(text) for what, text in values.items() if what.startswith("optimiser.")}
    own = registry.own_optimiser(str(spec)) if has_its_own(run) else None  # options may decide which
    optimiser = with_numbers(run.optimiser, numbers) if own is None else registry.optimiser(own)
    return replace(run, rule=str(spec), optimiser=optimiser)


def has_its_own(run: Run) -> bool:
    """Whether the optimiser of a run is the one that its rule names."""
    own = registry.own_optimiser(run.rule)
    return own is not None and registry.optimiser(own) == run.optimiser


def at(*path: str) -> str:
    """The name of a setting: `optimiser.rate`, or `optimiser.inner.rate` for an optimiser inside of another one."""
    return ".".join(filter(None, path))


def can_be_set(optimiser: Optimiser, name: str) -> bool:
    """Whether an optimiser's number can be changed: it is a number, or a schedule whose start can be changed."""
    now = getattr(optimiser, name)
    return not callable(now) or callable(getattr(now, "started", None))


def with_numbers(optimiser: Optimiser, numbers: dict[str, float]) -> Optimiser:
    """An optimiser with other numbers, by the name of the setting; a rate on a schedule keeps its schedule.

    Raises:
        BadInput: for a setting that it does not have.
    """
    known = {
        at("optimiser", path, name) for path, member in members(optimiser).items() for name in vars(member)
    }
    for setting in numbers.keys() - known:
        raise unknown(f"setting of {optimiser!r}", setting, known)

    def change(path: str, member: Optimiser) -> Optimiser:
        prefix = at("optimiser", path) + "."
        mine = {
            what.removeprefix(prefix): number for what, number in numbers.items() if what.startswith(prefix)
        }
        new: dict[str, Any] = {}
        for name in mine.keys() & vars(member).keys():
            now = getattr(member, name)
            new[name] = now.started(mine[name]) if callable(now) else mine[name]
        changed: Optimiser = replace(member, **new) if new else member  # type: ignore[type-var]
        return changed

    return rebuilt(optimiser, change)


def shortened(run: Run, epochs: int) -> Run:
    """A run of fewer epochs, in which a rate or momentum still goes through its whole schedule, and stages all come."""

    def change(path: str, member: Optimiser) -> Optimiser:
        fields: dict[str, Any] = vars(member) if is_dataclass(member) else {}
        schedules = {
            name: value for name, value in fields.items() if callable(getattr(value, "shortened", None))
        }
        new: Any = {name: value.shortened(epochs / run.epochs) for name, value in schedules.items()}
        if isinstance(member, Staged):
            new["steps"] = max(round(member.steps * epochs / run.epochs), 1)
        changed: Optimiser = replace(member, **new) if new else member  # type: ignore[type-var]
        return changed

    return replace(run, epochs=epochs, optimiser=rebuilt(run.optimiser, change))
