"""Tuning looks into optimisers that hold others. Oracle: what the wrapped optimiser alone would be given."""

from __future__ import annotations

import dataclasses

import pytest

from plausible.core import Optimiser
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.nested import is_wrapper, members, rebuilt
from plausible.optimise.schedules import Cosine, Levels, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped, Manhattan
from plausible.study.compare import with_schedule
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.tuning.search import Group
from plausible.study.tuning.settings import with_settings
from plausible.study.tuning.tuner import groups_of, winners
from tests.suite.test_tuning import scored

INNER = SGD(Cosine(0.1, 200), momentum=0.9)
WRAPPED: dict[str, tuple[Optimiser, str]] = {
    "decay": (Decay(INNER, 0.01), "inner"),
    "clipped": (Clipped(INNER, 2.0), "inner"),
    "manhattan": (Manhattan(INNER), "inner"),
    "two deep": (Decay(Clipped(INNER)), "inner.inner"),
    "default": (Grouped((("W1", SGD(0)),), INNER), "default"),
    "a group": (Grouped((("b*", INNER),), SGD(0)), "groups.b*"),
}
every_wrapper = pytest.mark.parametrize(("optimiser", "path"), WRAPPED.values(), ids=WRAPPED)


def run_of(optimiser: Optimiser) -> Run:
    return Run("two-moons[examples=100]", "backprop", MLP((4,)), optimiser, 20, 10)


@every_wrapper
def test_the_rate_inside_is_searched_and_nothing_else(optimiser: Optimiser, path: str) -> None:
    space = Group(run_of(optimiser), 1).space()
    assert space == {f"optimiser.{path}.rate": SGD.search["rate"]}


@every_wrapper
def test_a_setting_reaches_the_optimiser_inside_and_keeps_its_schedule(
    optimiser: Optimiser, path: str
) -> None:
    found = with_settings(run_of(optimiser), {f"optimiser.{path}.rate": "0.03"}).optimiser
    assert members(found)[path] == SGD(Cosine(0.03, 200), momentum=0.9)
    back = with_settings(run_of(found), {f"optimiser.{path}.rate": "0.1"}).optimiser
    assert back == optimiser, "and nothing else has changed"


@every_wrapper
def test_a_trial_shortens_the_schedule_inside_and_a_winner_does_not(optimiser: Optimiser, path: str) -> None:
    run = run_of(optimiser)
    (group,) = groups_of([run], 1, epochs=5)
    trial = group.ask()
    assert members(trial.optimiser)[path].rate.steps == 50  # type: ignore[attr-defined]
    group.tell(scored(trial, 0.5))
    (winner,) = winners([group], [run])
    now, then = members(winner.optimiser)[path], members(trial.optimiser)[path]
    assert now.rate == dataclasses.replace(then.rate, steps=200)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["step", "cosine"])
@every_wrapper
def test_compare_schedules_the_rates_inside_and_no_rate_of_a_wrapper(
    optimiser: Optimiser, path: str, name: str
) -> None:
    plain = rebuilt(optimiser, lambda _, one: SGD(0.1) if one is INNER else one)
    found = with_schedule(plain, name, 80)
    assert members(found)[path] == SGD(Cosine(0.1, 80) if name == "cosine" else Steps(0.1, (40, 60)))
    assert getattr(found, "rate", None) == getattr(optimiser, "rate", None)


def test_levels_keep_their_course_when_their_rate_is_searched() -> None:
    optimiser = Decay(SGD(Levels((0.125, 0.375), (20,))))
    found = with_settings(run_of(optimiser), {"optimiser.inner.rate": "0.25"}).optimiser
    assert found == Decay(SGD(Levels((0.25, 0.75), (20,))))
    assert Levels((0.0, 0.3), (20,)).started(0.2) == Levels((0.2, 0.3), (20,))


def test_a_schedule_that_cannot_start_elsewhere_is_left_alone() -> None:
    """A function of one's own has no number to search."""
    run = dataclasses.replace(run_of(Decay(SGD(lambda step: 0.1 / (1 + step)))), rule="fa")
    assert Group(run, 1).space().keys() == {"rule.feedback"}


def test_every_optimiser_inside_is_a_member() -> None:
    inner = Clipped(Adam(), 2.0)
    outer = Grouped((("b*", SGD(0.5)), ("W1", inner)), SGD(0.1))
    assert members(outer) == {
        "": outer,
        "groups.b*": SGD(0.5),
        "groups.W1": inner,
        "groups.W1.inner": Adam(),
        "default": SGD(0.1),
    }
    assert is_wrapper(outer)
    assert not is_wrapper(SGD())
    assert rebuilt(outer, lambda _, one: one) is outer


def test_the_code_of_an_optimiser_inside_is_part_of_the_key() -> None:
    """Adam's equation decides a run of Decay(Adam())."""
    assert "plausible.optimise.adam" in dict(key(run_of(Decay(Adam()))).code)
