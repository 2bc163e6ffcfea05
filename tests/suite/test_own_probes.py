"""A probe of one's own is one class in one file: it measures, is named where it fails, and moves no other number.

Oracle: the same run without it, number by number; and what it would measure by its definition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

from plausible.core import Measurement
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.probes.alignment import Alignment
from plausible.probes.performance import Scores
from plausible.probes.probe import Moment, Probe, Sight
from plausible.probes.quality import Descent, Spread, TargetAlignment
from plausible.probes.readout import Readout
from plausible.probes.usual import USUAL
from plausible.registry import names, registry
from plausible.registry.encoding import decode, encode
from plausible.study import campaign
from plausible.study.course import execute
from plausible.study.engine import Silent
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.study import Study
from tests.suite.command import command

OWN = """
from dataclasses import dataclass
from plausible.core import Measurement

@dataclass(frozen=True)
class Largest:
    power: float = 1.0
    name = "largest weight"
    split = "train"
    when = ("measurement",)

    def __call__(self, sight):
        for name, weights in sight.tick.params.items():
            yield Measurement("largest weight", name, abs(weights).max() ** self.power)

@dataclass(frozen=True)
class Raises(Largest):
    name = "raises"

    def __call__(self, sight):
        yield Measurement("one", "", 1.0)
        raise ValueError("no more than one")
"""
NOISY = Run("two-moons[examples=100]", "weight-mirror", MLP((4, 3)), epochs=2, batch_size=10)
CLOCK = ("examples per second",)


@dataclass(frozen=True)
class Looks:
    """Says when it looked, and what it drew."""

    when: tuple[Moment, ...] = ("measurement",)
    split: str = "train"
    name: ClassVar[str] = "looks"

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        yield Measurement("looked", "", float(sight.tick.number))
        yield Measurement("drew", "", sight.rng.random())


@dataclass(frozen=True)
class Asks(Looks):
    """Asks the rule for something that it cannot do."""

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        step = sight.propose(sight.probed.shown._replace(x=sight.probed.shown.x[:, :1]))
        yield Measurement("never", "", float(len(step.updates)))


@dataclass(frozen=True)
class Says(Looks):
    """Says what is no number."""

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        yield Measurement("word", "", "three")  # type: ignore[arg-type]


def numbers(outcome: Outcome, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Every number but those of the clock, NaN as a word."""
    rows = [row._replace(seconds=0) for row in outcome.rows if row.metric not in (*CLOCK, *without)]
    return [tuple(map(str, row)) for row in rows]


def of(outcome: Outcome, metric: str) -> list[Row]:
    return [row for row in outcome.rows if row.metric == metric]


def test_a_probe_in_a_file_measures_and_moves_no_other_number(tmp_path: Path) -> None:
    """Also of a rule that draws while it is asked, and whichever place the probe has among the others."""
    (tmp_path / "own.py").write_text(OWN)
    largest = registry.probe(f"{tmp_path / 'own.py'}:Largest[power=2]")
    plain = execute(NOISY)
    for probes in ((*USUAL, largest, Looks()), (largest, Looks(), *USUAL)):
        outcome = execute(replace(NOISY, probes=probes))
        assert (outcome.status, outcome.reason) == ("done", "")
        assert sorted(numbers(outcome, ("largest weight", "looked", "drew"))) == sorted(numbers(plain))
    points = {row.epoch for row in of(plain, "gradient angle")}
    assert len(of(outcome, "largest weight")) == len(points) * 8  # W1, W2, W3, their biases, B2 and B3
    assert all(0 <= row.value < 10 and row.split == "train" for row in of(outcome, "largest weight"))
    drawn = {row.value for row in of(outcome, "drew")}
    assert len(drawn) == 1, "its generator is made anew at each look"


def test_a_probe_that_raises_costs_its_own_measurements(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    raises, largest = (registry.probe(f"{tmp_path / 'own.py'}:{name}") for name in ("Raises", "Largest"))
    outcome = execute(replace(NOISY, probes=(raises, Says(), *USUAL, largest)))
    assert outcome.status == "done"
    first, second = outcome.reason.split("; ")
    assert first.startswith("probe 'raises', not the rule, failed at epoch 0: ValueError: no more than one (")
    assert second.startswith("probe 'looks', not the rule, failed at epoch 0: ValueError: ")
    assert len(of(outcome, "one")) == len(of(outcome, "largest weight")) / 8, "what came before is kept"
    assert numbers(outcome, ("one", "largest weight")) == numbers(execute(NOISY))


def test_what_a_rule_raises_when_a_probe_asks_is_the_rules_failure() -> None:
    outcome = execute(replace(NOISY, probes=(Asks(),)))
    assert outcome.status == "failed"
    assert outcome.reason.startswith("ValueError: matmul")


@pytest.mark.parametrize(
    ("when", "epochs"),
    [
        (("begin",), [0]),
        (("end",), [2]),
        (("epoch",), [0, 1]),
        (("begin", "end"), [0, 2]),
        (("measurement", "epoch"), [0, 0, *(n / 6 for n in range(1, 13)), 1]),
    ],
)
def test_a_probe_looks_when_it_says(when: tuple[Moment, ...], epochs: list[float]) -> None:
    """Of 60 examples and batches of 10 an epoch has six steps: there are fewer of them than measurements."""
    outcome = execute(replace(NOISY, probes=(Looks(when),)))
    assert sorted(row.epoch for row in of(outcome, "looked")) == pytest.approx(sorted(epochs))
    assert {row.metric for row in outcome.rows} == {"looked", "drew"}, "and nothing else is measured"


def test_the_test_split_is_not_there_where_it_may_not_be_read() -> None:
    outcome = execute(replace(NOISY, test=False, probes=(Scores("test"), Looks(split="test"), *USUAL)))
    assert not [row for row in outcome.rows if row.split == "test"]

    @dataclass(frozen=True)
    class Peeks(Looks):
        def __call__(self, sight: Sight) -> Iterator[Measurement]:
            yield Measurement("peeked", "", float(sight.splits["test"].examples))

    assert execute(replace(NOISY, probes=(Peeks(),))).reason == ""
    assert "KeyError: 'test'" in execute(replace(NOISY, test=False, probes=(Peeks(),))).reason


def test_probes_are_a_part_of_what_is_stored() -> None:
    stored = json.loads(json.dumps(encode(NOISY)))
    assert decode(stored) == NOISY
    few = replace(NOISY, probes=(Alignment(), Scores("test", ("begin", "end"))))
    assert decode(json.loads(json.dumps(encode(few)))) == few != NOISY


def test_the_suites_probes_are_registered_by_one_name_each() -> None:
    points = registry.registered("probe")
    places = {name.removeprefix("probe:"): place for name, place in names.PLACES.items() if "probe:" in name}
    assert {name: points[name].value for name in places} == places
    asked_for = {
        TargetAlignment,
        Descent,
        Spread,
        Readout,
    }  # not in USUAL, so that runs cost and measure what they did
    assert {type(probe) for probe in USUAL} | asked_for == {point.load() for point in points.values()}
    assert registry.probe("scores[split=train]") == Scores("train")


def test_a_study_adds_its_probes_to_all_its_runs() -> None:
    fewer = replace(NOISY, seed=1, probes=(Alignment(), Looks()))
    study = Study("mine", "Is it so?", {"smoke": lambda: [NOISY, fewer]}, probes=(Looks(),))
    cells = study.cells("smoke")
    assert [cell.probes for cell in cells] == [(*USUAL, Looks()), (Alignment(), Looks())]  # type: ignore[union-attr]


class Thawed:
    """No dataclass."""

    name, split, when = "thawed", "train", ("end",)

    def __call__(self, sight: Sight) -> list[Measurement]:
        return []


@pytest.mark.parametrize(
    ("probes", "said"),
    [
        ([Alignment()], "a tuple of probes"),
        (None, "a tuple of probes"),
        ((Alignment,), "a frozen dataclass with name, when, split and __call__"),
        (("alignment",), "a frozen dataclass with name, when, split and __call__"),
        ((Thawed(),), "a dataclass with frozen=True"),
        ((Looks(("sometimes",)),), "a tuple of begin, epoch, measurement, end"),  # type: ignore[arg-type]
        ((Looks("end"),), "a tuple of begin, epoch, measurement, end"),  # type: ignore[arg-type]
        ((Looks(split=3),), "a word"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_probe_is_refused(probes: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        replace(NOISY, probes=probes)
    with pytest.raises(BadInput, match=said):
        Study("mine", "Is it so?", {"smoke": lambda: [NOISY]}, probes=probes)


def test_every_probe_of_the_suite_is_one() -> None:
    assert all(isinstance(probe, Probe) for probe in USUAL)


def test_a_probe_in_a_file_goes_to_workers_and_is_named_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its numbers are in the table of a study on two workers, and in that of a comparison."""
    (tmp_path / "own.py").write_text(OWN)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    name = f"{tmp_path / 'own.py'}:Largest[power=2]"
    runs = [replace(NOISY, epochs=1, seed=seed) for seed in range(2)]
    study = Study("mine", "Is it so?", {"smoke": lambda: runs}, probes=(registry.probe(name),))
    plan, store = campaign.plan(study, "smoke"), Store()
    assert campaign.carry_out(plan, store, Silent(), workers=2) == 2
    table = plan.table(store)
    assert table[table.metric == "largest weight"].groupby("seed").size().tolist() == [7 * 8, 7 * 8]
    options = (
        "--rules",
        "fa",
        "--seeds",
        "1",
        "--epochs",
        "1",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "out"),
    )
    ended = command("compare", "--task", "two-moons[examples=100]", "--probes", name, *options, capsys=capsys)
    assert ended.code == 0, ended.err
    assert "largest weight" in set(pd.read_parquet(tmp_path / "out/metrics.parquet").metric)
    ended = command("compare", "--probes", "largest", capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "unknown probe 'largest'" in ended.err
