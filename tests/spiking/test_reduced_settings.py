"""What `neftci2017` and `mozafari2018` tell of MNIST, in a reduced setting and whole. Oracle: hand-made tables."""

from __future__ import annotations

import pandas as pd

from figures.neftci2017 import NAME, finding, source
from studies.mozafari2018 import LARGE, on_mnist
from studies.neftci2017 import published


def spiking(task: str, seen: float, value: float, seed: int = 0, layers: int = 1) -> dict[str, object]:
    """A row of event-driven feedback."""
    options = {"rule_task": task, "rule_hidden": 100, "rule_layers": layers}
    rule = f"task={task},hidden=100,layers={layers},passes=4"
    return {"task": "learn", "rule": rule, "epoch": seen, "value": value, "seed": seed, **options}


def rates(rule: str, task: str, value: float) -> dict[str, object]:
    """A row of a network of rates, after its last example."""
    return {"task": task, "rule": rule, "epoch": 9.0, "examples": 900, "value": value, "seed": 0}


def drawn(*rows: dict[str, object]) -> pd.DataFrame:
    """What a figure draws of test accuracies."""
    made = pd.DataFrame([*rows]).assign(metric="accuracy", split="test", status="done")
    return source(made.assign(examples=made.examples.fillna(0)))


def test_tasks_are_drawn_apart_and_the_finding_has_both_where_both_have_run() -> None:
    digits = [spiking("digits", 1000, 0.5), spiking("digits", 2000, 0.9)]
    digits += [rates("backprop", "digits", 0.97), rates("shallow", "digits", 0.94)]
    mnist = [spiking("mnist", 50_000, 0.92), rates("backprop", "mnist", 0.98)]
    found = drawn(
        *digits, *mnist, spiking("mnist", 60_000, 0.1, layers=2), rates("backprop", "yin-yang", 0.2)
    )
    ends = found.groupby(["data", "name"]).value.agg(list).to_dict()
    assert ends == {
        ("digits", NAME): [50.0, 90.0], ("digits", "backprop"): [97.0], ("digits", "shallow"): [94.0],
        ("mnist", NAME): [92.0], ("mnist", "backprop"): [98.0],
    }  # fmt: skip
    assert "90.0 % of digits and 92.0 % of MNIST, where backprop comes to 97.0 % and 98.0 %" in finding(found)
    alone = finding(found[found.data == "digits"])
    assert "90.0 % of digits, where backprop comes to 97.0 %;" in alone


def test_a_number_of_mnist_is_of_the_last_pass_of_each_seed() -> None:
    rows = [spiking("mnist", seen, seen / 4 + seed / 10, seed) for seed in (0, 1) for seen in (1.0, 2.0)]
    table = pd.DataFrame([*rows, spiking("digits", 9.0, 1.0)]).assign(metric="accuracy", split="test")
    (mnist,) = (one for one in published if one.runs == "mnist")
    assert mnist.ours(table) == [50.0, 60.0]


def test_the_paper_s_epochs_are_told_where_they_have_run_else_those_of_the_reduced_setting() -> None:
    rules = {20: 0.9, 1: 0.7}
    rows = [
        (f"rule={LARGE},task=mnist,epochs={epochs},hidden=200", at, value)
        for epochs, value in rules.items()
        for at in {1, epochs}
    ]
    table = pd.DataFrame(rows, columns=["rule", "epoch", "value"]).assign(metric="accuracy", seed=0)
    assert on_mnist(table) == [90.0]
    assert on_mnist(table[table.rule.str.contains("epochs=1,")]) == [70.0]
    assert on_mnist(table.assign(rule="rule=first-spike-stdp,task=mnist,epochs=1,hidden=200")) == []
