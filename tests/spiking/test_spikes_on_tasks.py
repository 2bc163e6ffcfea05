"""What the study `spikes_on_tasks` measures, and what its figure tells apart. Oracles: hand-made weights and tables."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from docs.spikes import spikes
from figures.spikes_on_tasks import CLOTHES, EVENTS, ONCE, SPLIT, TIME, source
from plausible.core import randomness
from plausible.registry import registry
from plausible.study.experiment import Bench, Measured
from plausible.study.learner import Learner
from studies import spikes_on_tasks as study
from studies.spikes_on_tasks import SIDE, fields, learn, processor_time


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


def test_time_is_of_the_programs_that_a_rule_starts_too() -> None:
    before = processor_time()
    subprocess.run([sys.executable, "-c", "for _ in range(5_000_000): pass"], check=True)
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
    """Two rules on digits by passes and seen once, on MNIST, and tuned on digits."""
    rows = [
        ("learn", "kinase", "digits", None, 10.0, "accuracy", 0.8),
        ("learn", "kinase", "fashion-mnist", None, 3.0, "accuracy", 0.4),
        ("learn", "kinase", "fashion-mnist", "sgd[rate=1]", 3000.0, "accuracy", 0.5),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 1000.0, "accuracy", 0.3),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, "accuracy", 0.6),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, EVENTS, 1234.0),
        ("learn", "kinase[rate=0.1]", "mnist", "sgd[rate=1]", 3000.0, TIME, 2.5),
        (SPLIT, "kinase", None, None, 10.0, "accuracy", 0.7),
        (SPLIT, "backprop", None, None, 10.0, "accuracy", 0.9),
    ]
    columns = ["task", "rule_rule", "rule_task", "rule_optimiser", "epoch", "metric", "value"]
    made = pd.DataFrame(rows, columns=columns).assign(seed=0, split="test", status="done", layer="")
    plain = made.task == SPLIT
    return made.assign(rule_name=made.rule_rule.where(plain), rule_rule=made.rule_rule.where(~plain))


def test_what_was_seen_once_is_told_from_passes() -> None:
    found = source(table())
    scores = found[found.metric == "accuracy"].groupby(["data", "name"]).value.agg(list).to_dict()
    assert scores == {
        ("digits", "kinase"): [80.0],
        (CLOTHES, "kinase"): [40.0],
        (ONCE.format(CLOTHES), "kinase"): [50.0],
        (ONCE.format("mnist"), "kinase"): [30.0, 60.0],
        (SPLIT, "kinase"): [70.0],
        (SPLIT, "backprop"): [90.0],
    }


def test_the_table_of_a_page_has_ends_alone_and_rates_below() -> None:
    assert spikes(table()).splitlines()[2:] == [
        "| `kinase` | 70.0 | – | 60.0 | 50.0 | – | 1,234 | 2.5 |",
        "| `backprop` | 90.0 | – | – | – | – | – | – |",
    ]
