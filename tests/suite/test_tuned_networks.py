"""A rule that was tuned in two networks has two winners, told apart. Oracle: a table of trials with known best ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.report.tuning import winners_table
from plausible.study.compare import Comparison
from plausible.study.run import Outcome, Row
from plausible.study.store.store import Store
from plausible.study.trials import table
from plausible.study.tuning.search import Group
from plausible.study.tuning.tuner import groups_of
from tests.suite.quick import QUICK

DEEP = replace(QUICK, rule="backprop", network=MLP((4,)))
NONE = replace(DEEP, network=MLP(()))
GIVEN: Any = {"task": QUICK.task, "rules": ("backprop",), "epochs": 1, "schedule": "constant", "seeds": 1}


def tried(run: Any, rate: float) -> Group:
    """A group of one trial at this rate."""
    (group,) = groups_of([run], 1)
    asked = group.ask()
    group.settings = {"optimiser.rate": str(rate)}
    row = Row(run.task, run.rule, 0, run.epochs, 1, 0.0, "validation", "accuracy", "", rate)
    group.tell(Outcome(replace(asked, optimiser=SGD(rate, momentum=0.9)), "done", rows=[row]))
    return group


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with the trials of two networks; the one without a hidden layer did better."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    store = Store(tmp_path)
    written(store, table([tried(DEEP, 0.25), tried(NONE, 0.5)]))
    return store


def written(store: Store, frame: pd.DataFrame) -> None:
    (store.root / "tuning").mkdir(exist_ok=True)
    frame.to_parquet(store.root / "tuning" / "mine-tuning.parquet")


def rate(hidden: tuple[int, ...], **more: Any) -> float:
    ((_, run),) = Comparison(**GIVEN, hidden=hidden, tuned="mine", **more).entries
    found: Any = run.optimiser
    return float(found.rate)


def test_the_winner_is_that_of_the_hidden_layers_compared(store: Store) -> None:
    assert rate((4,)) == 0.25
    assert rate(()) == 0.5


@pytest.mark.parametrize("hidden", [(5,), (4, 4)])
def test_another_network_than_those_tuned_is_refused_in_one_line(
    hidden: tuple[int, ...], store: Store
) -> None:
    with pytest.raises(
        BadInput, match=r"several hidden layers \(4, none\).*: expected one of them"
    ) as caught:
        rate(hidden)
    assert "\n" not in str(caught.value)
    other = Comparison(**GIVEN | {"rules": ("fa", "backprop@adam")}, hidden=hidden, tuned="mine")
    assert len(other.entries) == 2  # neither takes a winner of several


def test_a_table_that_does_not_tell_the_networks_is_refused_if_they_are_several(store: Store) -> None:
    frame = table([tried(DEEP, 0.25), tried(NONE, 0.5)])
    before = frame.drop(columns=["hidden", "activation", "init", "recurrent", "window"])
    written(store, before)
    with pytest.raises(BadInput, match="which its table does not tell: run plausible tune"):
        rate((4,))
    written(store, before[:1])
    assert rate((5,)) == 0.25  # one network, whichever


def test_networks_of_the_same_hidden_layers_are_told_by_the_rest(store: Store) -> None:
    from plausible.networks.activations import activation

    relu = replace(DEEP, network=MLP((4,), activation("relu")))
    written(store, table([tried(DEEP, 0.25), tried(relu, 0.5)]))
    assert rate((4,), activation="relu") == 0.5
    assert rate((4,), activation=repr(DEEP.network.activation)) == 0.25
    with pytest.raises(BadInput, match="which differ in activation"):
        rate((4,), activation="logistic")


def test_the_table_of_winners_tells_what_varies(store: Store) -> None:
    shown = winners_table([tried(DEEP, 0.25), tried(NONE, 0.5)], [], store)
    heads = [column.head for column in shown.columns]
    assert heads[:4] == ["task", "rule", "hidden", "optimiser"]
    assert [row[2] for row in shown.rows] == ["4", "none"]
    alone = winners_table([tried(DEEP, 0.25)], [], store)
    assert "hidden" not in [column.head for column in alone.columns]
    lengths = winners_table([tried(DEEP, 0.25), tried(replace(DEEP, epochs=3), 0.5)], [], store)
    assert lengths.columns[2].head == "epochs"
