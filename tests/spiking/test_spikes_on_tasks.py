"""What the study `spikes_on_tasks` measures, and what its figure tells apart. Oracles: hand-made weights and tables."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from docs.spikes import near_chance, spikes
from figures.spikes_on_tasks import (
    CLOTHES,
    EVENTS,
    LEARNED,
    ONCE,
    PLANE,
    SPLIT,
    TIME,
    caption,
    compared,
    finding,
    last,
    ordered,
    source,
)
from figures.spikes_on_tasks import TUNED as TUNED_ON
from plausible.core import Step, randomness
from plausible.plotting.style import base, style
from plausible.registry import registry
from plausible.site.told import read_table
from plausible.study.compare import with_schedule
from plausible.study.experiment import Bench, Measured
from plausible.study.learner import Learner
from plausible.study.store.tables import tables
from studies import spikes_on_tasks as study
from studies.spikes_on_tasks import (
    AS_THEY_ARE,
    BESIDE,
    CARRIED,
    SIDE,
    TUNED,
    fields,
    learn,
    processor_time,
)
from tests.processes import finished


def learned(task: str, **options: Any) -> list[Measured]:
    return [*learn(Bench(0), "backprop", "sgd[rate=0.1,momentum=0.9]", task, **options)]


def test_accuracy_is_told_after_each_mark_and_the_last_example_of_the_split_that_is_asked() -> None:
    found = learned("digits", tested=50)
    assert [(one.metric, one.at, one.split) for one in found] == [
        ("accuracy", 1000, "test"),
        ("accuracy", 1078, "test"),
        ("processor ms per example", 1078, "train"),
    ]
    told = [50 * one.value for one in found[:2]]
    assert told == pytest.approx([round(each) for each in told]), "of 50 test examples"
    assert found[1].value > 0.6
    part = learned("digits", images=80, asked="validation")
    assert [(one.at, one.split) for one in part[:-1]] == [(80, "validation")]
    assert part[0].value < found[1].value


def test_each_example_is_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    class Heard(Learner):
        def ticks(self, shown: Any) -> Any:
            for tick in super().ticks(shown):
                seen.extend(tick.shown.x.sum(axis=1).tolist())
                yield tick

    monkeypatch.setattr(study, "Learner", Heard)
    found = learn(Bench(0), "backprop", "sgd[rate=0.1,momentum=0.9]", "digits")
    assert [(one.at, len(seen)) for one in found if one.metric == "accuracy"] == [(1000, 1000), (1078, 1078)]
    known = registry.task("digits", randomness(0).data).train.x.sum(axis=1)
    assert sorted(seen) == pytest.approx(sorted(known.tolist()))


@dataclass
class Counted:
    """A rule, of spikes or not, that does nothing but count: its clock is at 1 for an update, at 100 for an answer."""

    work: tuple[str, ...]
    clock: list[float]

    def init(self, n_in: int, n_out: int, rng: Any) -> Any:
        return {"W1": np.zeros((n_in, n_out))}, {}

    def update(self, params: Any, state: Any, shown: Any, rng: Any) -> Step:
        self.clock[0] += 1
        return Step(
            {"W1": np.ones_like(params["W1"])}, state, {name: 3.0 * len(shown.x) for name in self.work}
        )

    def respond(self, params: Any, state: Any, x: Any, rng: Any) -> Any:
        self.clock[0] += 100
        return [x @ params["W1"]]


def counted(monkeypatch: pytest.MonkeyPatch, *work: str) -> tuple[dict[str, float], list[Learner]]:
    """What is measured of such a rule, and the learner that learned."""
    clock, made = [0.0], []

    class Heard(Learner):
        def __init__(self, *known: Any) -> None:
            super().__init__(*known)
            made.append(self)

    monkeypatch.setattr(registry, "rule", lambda *_: Counted(work, clock))
    monkeypatch.setattr(study, "processor_time", lambda: clock[0])
    monkeypatch.setattr(study, "Learner", Heard)
    return {one.metric: one.value for one in learn(Bench(0), "counted", "sgd[rate=0.1]", "digits")}, made


def test_what_an_example_takes_is_of_all_that_were_learned_and_of_learning_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, _ = counted(monkeypatch, "synaptic events", "spikes")
    assert found["spikes per example"] == found[EVENTS] == pytest.approx(3.0)
    assert found[TIME] == pytest.approx(1000 * 2 / 1078), (
        "two updates took a second each, and no answer counts"
    )


def test_networks_of_rates_learn_on_a_schedule_and_spikes_at_one_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Changes are all 1: the way of a weight is the sum of rates, 27 that fall to 0 by a cosine, or two."""
    _, (rates,) = counted(monkeypatch, "multiply-adds")
    steps = np.arange(27)
    falling = 0.1 * (1 + np.cos(np.pi * steps / 27)).sum() / 2
    np.testing.assert_allclose(rates.params["W1"], falling, rtol=1e-5)
    _, (spiking,) = counted(monkeypatch, "synaptic events", "spikes")
    np.testing.assert_allclose(spiking.params["W1"], 2 * 0.1, rtol=1e-9)


@cache
def committed() -> pd.DataFrame:
    return read_table(tables()["spikes_on_tasks"])


def test_what_is_carried_to_other_tasks_is_what_tuning_chose_on_digits() -> None:
    """Held against the runs of `tuned` in the committed table: their rules, and the rates that these began at."""
    found = committed()
    found = found[(found.task == SPLIT) & (found.scale == "tuned") & (found.status == "done")]
    carried = {}
    for rule, optimiser in CARRIED.items():
        mine = found[found.rule == rule]
        assert mine.seed.nunique() == 10, f"tuning chose another {rule}"
        descent = registry.optimiser(optimiser)
        course = with_schedule(descent, "cosine", 340) if base(rule) in BESIDE else descent
        assert {*mine.optimiser} == {str(course)}, rule
        carried[base(rule)] = rule
    left = {*TUNED, *BESIDE} - {*carried}
    assert left < {*AS_THEY_ARE}, (
        "a rule that was tuned is neither carried nor named as one with its defaults"
    )


def test_networks_of_rates_are_no_spiking_rules_that_do_well() -> None:
    rows = [(name, seed, value) for seed in (0, 1) for name, value in (
        ("kinase", 0.93), ("s2-stdp", 0.929), ("backprop", 0.99), ("shallow", 0.99))]  # fmt: skip
    found = pd.DataFrame(rows, columns=["rule_name", "seed", "value"])
    found = found.assign(metric="accuracy", split="test", task=SPLIT)
    assert study.well_after_tuning(found) == [1.0, 1.0]


def test_the_lowest_of_tuned_spiking_rules_is_told_where_all_have_run() -> None:
    rows = [(name, seed, 0.4 + 0.1 * seed + 0.01 * place) for seed in (0, 1) for place, name in enumerate(
        (*TUNED, "diehl-cook"))]  # fmt: skip
    rows.append(("shallow", 0, 0.1))
    found = pd.DataFrame(rows, columns=["rule_name", "seed", "value"])
    found = found.assign(metric="accuracy", split="test", task=SPLIT)
    assert study.lowest_after_tuning(found) == pytest.approx([40.0, 50.0])
    assert study.lowest_after_tuning(found[found.rule_name != TUNED[3]]) == []
    assert study.lowest_after_tuning(found.assign(split="validation")) == []


def test_time_is_of_the_programs_that_a_rule_starts_too() -> None:
    before = processor_time()
    finished([sys.executable, "-c", "for _ in range(5_000_000): pass"])
    assert processor_time() - before > 0.05


def test_fields_are_means_of_four_pixels_in_64ths_of_the_largest() -> None:
    on, off = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    on[:2, 2:4], off[4:6, :2] = 2.0, [[1.0, 1.0], [0.5, 0.5]]
    both = (
        np.stack([on.ravel(), np.ones(SIDE**2)], axis=1),
        np.stack([off.ravel(), np.zeros(SIDE**2)], axis=1),
    )
    found = [*fields({"W1": np.concatenate(both)}, 2)]
    first = {one.at: one.value for one in found if one.layer == "0" and one.value}
    assert first == {1.0: 1.0, 2.0 * SIDE / 2: -24 / 64}
    assert {one.value for one in found if one.layer == "1"} == {1.0}
    assert len(found) == 2 * (SIDE // 2) ** 2
    assert [*fields({"W1": np.ones((64, 3))}, 2)] == []


def table() -> pd.DataFrame:
    """Two rules tuned on digits, by passes, on MNIST and on yin-yang, and seen once on MNIST."""
    few = "few-images[of=mnist]"
    rows = [
        ("learn", "kinase", "fashion-mnist", None, 3.0, "accuracy", 0.4, None),
        ("learn", "kinase", "fashion-mnist", "sgd[rate=1]", 3000.0, "accuracy", 0.5, None),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 1000.0, "accuracy", 0.3, None),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, "accuracy", 0.6, None),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, EVENTS, 1234.0, None),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, TIME, 2.5, None),
        (SPLIT, "kinase", None, None, 10.0, "accuracy", 0.7, 10.0),
        (SPLIT, "backprop", None, None, 10.0, "accuracy", 0.9, 10.0),
        (few, "kinase", None, None, 1.0, "accuracy", 0.65, 1.0),
        (PLANE, "kinase", None, None, 1.0, "accuracy", 0.45, 1.0),
        (PLANE, "backprop", None, None, 10.0, "accuracy", 0.75, 10.0),
    ]
    columns = ["task", "rule_rule", "rule_task", "rule_optimiser", "epoch", "metric", "value", "epochs"]
    made = pd.DataFrame(rows, columns=columns).assign(split="test")
    passes = [(SPLIT, "kinase", None, None, at, "accuracy", at / 4, 10.0) for at in (0.0, 0.5, 1.0, 2.0)]
    shown = pd.DataFrame(passes, columns=columns).assign(split="validation")
    once = shown[shown.epoch == 1.0].assign(task=few, epochs=1.0)
    made = pd.concat([made, shown, once], ignore_index=True).assign(seed=0, status="done", layer="")
    plain = made.task != "learn"
    return made.assign(rule_name=made.rule_rule.where(plain), rule_rule=made.rule_rule.where(~plain))


def test_what_was_seen_once_is_told_from_passes_and_what_was_tuned_from_the_rest() -> None:
    found = source(table())
    scores = found[found.metric == "accuracy"].groupby(["data", "name", "tuned"]).value.agg(list).to_dict()
    assert scores == {
        (LEARNED, "kinase", True): [0.0, 25.0, 50.0],
        (CLOTHES, "kinase", True): [40.0],
        (ONCE.format(CLOTHES), "kinase", True): [50.0],
        (TUNED_ON.format(CLOTHES), "kinase", False): [50.0],
        (ONCE.format("mnist"), "kinase", True): [30.0, 60.0],
        (TUNED_ON.format("mnist"), "kinase", True): [65.0],
        (TUNED_ON.format("mnist"), "kinase", False): [60.0],
        (SPLIT, "kinase", True): [70.0],
        (SPLIT, "backprop", True): [90.0],
        (TUNED_ON.format(PLANE), "kinase", True): [45.0],
        (PLANE, "backprop", True): [75.0],
    }


def test_what_was_not_tuned_is_hollow_and_the_caption_names_who_has_not_seen_yin_yang() -> None:
    untuned = table().assign(rule_name=table().rule_name.replace("kinase", "diehl-cook"))
    found = source(untuned)
    assert {*found[~found.tuned].name} == {"diehl-cook", "kinase"}, "kinase by constants of digits"
    both = last(source(table()).query("metric == 'accuracy'"))
    assert sorted(both[both["data"] == TUNED_ON.format("mnist")].value) == [60.0, 65.0]
    figure = Figure()
    axes = figure.add_subplot()
    ends = last(found[found.metric == "accuracy"])
    compared(axes, ends[ends["data"] == SPLIT], ordered(ends), style(ordered(ends)), "digits")
    faces = {str(line.get_markerfacecolor()): line.get_xdata()[0] for line in axes.lines}
    assert faces["white"] == 70.0
    assert all(each != 90.0 or face != "white" for face, each in faces.items())
    assert "Not tuned on yin-yang, for their time: backprop. " in caption(found[found.metric == "accuracy"])


def test_the_table_of_a_page_has_ends_alone_and_rates_below() -> None:
    head, _, *lines = spikes(table()).splitlines()
    assert head.startswith("| rule | digits, tuned, n = 1 | MNIST, tuned, n = 1 | ")
    assert "Fashion-MNIST, tuned |" in head
    assert lines == [
        "| `kinase` | 70.0 | 65.0 | 60.0 | – | 50.0 | 45.0 | – | – | 1,234 | 2.5 |",
        "| `backprop` | 90.0 | – | – | – | – | – | 75.0 | – | – | – |",
    ]
    untuned = table().assign(rule_name=table().rule_name.replace("kinase", "diehl-cook"))
    first = "| `diehl-cook` | 70.0 (not tuned) | 65.0 (not tuned) | – | – | – | 45.0 (not tuned) | – |"
    assert first in spikes(untuned)


def test_the_tuned_part_of_each_set_of_images_is_told_as_its_own() -> None:
    few = table()[table().task == "few-images[of=mnist]"]
    found = source(few.assign(task="few-images[of=fashion-mnist]"))
    assert {*found[found.metric == "accuracy"]["data"]} == {TUNED_ON.format(CLOTHES)}
    assert {*source(few)["data"]} == {TUNED_ON.format("mnist")}


def test_a_finding_counts_spiking_rules_at_93_per_cent_and_more() -> None:
    means = {"kinase": 93.0, "s2-stdp": 92.9, "mstdpet": 40.0, "backprop": 99.0, "shallow": 95.0}
    rows = [(name, seed, value + off) for name, value in means.items() for seed, off in ((0, 1.0), (1, -1.0))]
    ends = pd.DataFrame(rows, columns=["name", "seed", "value"]).assign(epoch=10.0)
    told = "1 of 3 spiking rules tell 93 % of test digits or more, kinase most, 93.0 %; "
    assert finding(ends) == f"{told}backprop tells 99.0 %, and mstdpet the least, 40.0 %"
    assert finding(ends[ends.name != "backprop"]) == ""


def test_a_part_of_mnist_is_told_after_all_its_images_of_one_rule_on_one_task() -> None:
    rows = [
        ("kinase[rate=0.1]", "mnist", "sgd[rate=1]", 1000.0, 0.25),
        ("kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, 0.5),
        ("kinase", "fashion-mnist", "sgd[rate=1]", 3000.0, 0.125),
        ("s2-stdp", "mnist", "sgd[rate=1]", 3000.0, 0.75),
        ("kinase", "mnist", None, 3000.0, 0.875),
    ]
    columns = ["rule_rule", "rule_task", "rule_optimiser", "epoch", "value"]
    made = pd.DataFrame(rows, columns=columns).assign(metric="accuracy", split="test", seed=0)
    assert study.after_part("kinase", "mnist")(made) == [50.0]
    assert study.after_part("kinase", "mnist")(made[made.epoch < 3000]) == []


def test_a_page_tells_on_which_side_of_chance_a_rule_is() -> None:
    few, once = "few-images[of=mnist]", "sgd[rate=1]"
    means = {"kinase": (0.084, 0.15), "mstdpet": (0.1, 0.19), "s2-stdp": (0.3, 0.4)}
    rows = []
    for name, (carried, tuned) in means.items():
        for seed, off in enumerate((-0.0001, 0.0, 0.0001)):
            rows.append(("learn", name, None, "mnist", once, 3000.0, carried + off, None, seed))
            rows.append((few, None, name, None, None, 1.0, tuned + off, 1.0, seed))
    columns = ["task", "rule_rule", "rule_name", "rule_task", "rule_optimiser"]
    columns += ["epoch", "value", "epochs", "seed"]
    made = pd.DataFrame(rows, columns=columns).assign(
        metric="accuracy", split="test", status="done", layer=""
    )
    assert near_chance(made).endswith(
        "`kinase` tuned 15.0 [15.0, 15.0], above it; as on digits 8.4 [8.4, 8.4], below it. "
        "`mstdpet` tuned 19.0 [19.0, 19.0], above it; as on digits 10.0 [10.0, 10.0], not told from it."
    )
