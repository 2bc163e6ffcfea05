"""What another package has registered works by its name, in workers too. Oracle: the promises."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from plausible.registry.kinds import KINDS
from tests.processes import COMMAND, finished

PACKAGE = '''
from dataclasses import dataclass, replace
import numpy as np
from baselines.backprop import Backprop
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.usual import USUAL
from plausible.core import Measurement
from plausible.study.experiment import Experiment, Measured
from plausible.study.run import Run
from plausible.study.study import Study
from plausible.tasks.toys import two_moons


@dataclass(frozen=True)
class Rule(Backprop):
    """A rule."""


def task(rng, *, examples=100):
    """A task."""
    return replace(two_moons(rng, examples=examples), name="halves")


@dataclass(frozen=True)
class Network(MLP):
    """A network."""


@dataclass(frozen=True)
class Optimiser(SGD):
    """An optimiser."""


@dataclass(frozen=True)
class Schedule:
    start: float
    steps: int

    def __call__(self, step):
        return self.start


def value(z, out=None):
    return np.tanh(z, out=out)


def slope(h, out=None):
    return np.subtract(1, h * h, out=out)


bent = Activation("bent", value, slope)
read = replace(output("softmax"), name="read")


@dataclass(frozen=True)
class Draws(Init):
    """A distribution."""

    def draw(self, rng, fan_in, fan_out):
        return rng.uniform(0, 0.1, (fan_in, fan_out))


@dataclass(frozen=True)
class Never:
    """A criterion."""

    def __call__(self, answer, y):
        return False


@dataclass(frozen=True)
class Probe:
    """A probe."""

    name = "three"
    when = ("end",)
    split = "train"

    def __call__(self, sight):
        yield Measurement("three", "", 3.0)


def experiment(bench):
    """An experiment."""
    yield Measured("four", 4.0)


def smoke():
    network = Network((4,), bent, read, init=Draws())
    run = Run("halves", "third-rule", network, Optimiser(Schedule(0.1, 3)), epochs=1, batch_size=10)
    return [replace(run, until=Never(), probes=(*USUAL, Probe())), Experiment("third-experiment")]


study = Study("third", "Does a third package do?", {"smoke": smoke})
'''
NAMES = {
    "rule": "Rule",
    "network": "Network",
    "optimiser": "Optimiser",
    "schedule": "Schedule",
    "init": "Draws",
    "criterion": "Never",
    "probe": "Probe",
    "experiment": "experiment",
    "study": "study",
    "activation": "bent",
    "output": "read",
    "task": "task",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages in which one is installed."""
    site = tmp_path / "site-packages"
    (site / "third-1.0.dist-info").mkdir(parents=True)
    (site / "third.py").write_text(PACKAGE)
    (site / "third-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: third\nVersion: 1.0\n"
    )
    points = "".join(
        f"[{KINDS[kind].group}]\n{'halves' if kind == 'task' else f'third-{kind}'} = third:{name}\n"
        for kind, name in NAMES.items()
    )
    (site / "third-1.0.dist-info" / "entry_points.txt").write_text(points)
    return site


def test_every_kind_by_its_name(site: Path, tmp_path: Path) -> None:
    assert NAMES.keys() == KINDS.keys()
    around = {"PYTHONPATH": str(site), "PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    env = {**os.environ, **around}
    ended = finished(
        [*COMMAND, "run", "third-study", "--scale", "smoke", "--workers", "2"], env, cwd=tmp_path
    )
    assert ended.stdout == "third, smoke: 2 computed, 0 were there\n"
    tables = map(pd.read_parquet, (tmp_path / "results").glob("runs/*/metrics.parquet"))
    values = pd.concat(tables).groupby("metric").value.last()
    assert (values["three"], values["four"]) == (3.0, 4.0)
    line = [
        "compare",
        "--task",
        "halves[examples=60]",
        "--rules",
        "third-rule@third-optimiser[rate=0.1],backprop",
    ]
    line += ["--activation", "third-activation", "--init", "third-init", "--schedule", "third-schedule"]
    line += [
        "--network",
        "third-network[output=third-output]",
        "--hidden",
        "3",
        "--seeds",
        "1",
        "--epochs",
        "1",
    ]
    ended = finished([*COMMAND, *line, "--workers", "1"], env, cwd=tmp_path)
    assert "third-rule@third-optimiser" in ended.stdout
    assert "2 computed" in ended.stderr
    rows = json.loads(finished([*COMMAND, "list", "studies", "--json"], env, cwd=tmp_path).stdout)
    (row,) = [row for row in rows if row["name"] == "third-study"]
    assert (row["question"], row["scales"]) == ("Does a third package do?", ["smoke"])
