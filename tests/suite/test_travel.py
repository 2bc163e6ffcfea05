"""What a user writes travels to workers, to Dask and into the store. Oracle: the same run in the process that asks."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.registry import encoding
from plausible.registry.encoding import decode, encode, origins
from plausible.registry.files import from_file
from plausible.study.course import execute
from plausible.study.engine import compute
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store.store import Store
from plausible.study.workers.executors import executor
from plausible.study.workers.travel import Parcel, heard, told, unpacked
from tests.processes import PATIENCE
from tests.suite.command import Outcomes, command
from tests.suite.quick import QUICK

HELPER = """
import numpy as np
from plausible.networks.activations import Activation

def value(z, out=None):
    return np.tanh(2 * z, out=out)

def slope(h, out=None):
    return np.multiply(2, 1 - h * h, out=out)

steep = Activation("steep", value, slope)
GAIN = 2.0
"""
OWN = """
from dataclasses import dataclass, field, replace
import numpy as np
from helper import GAIN, steep
from baselines.backprop import Backprop
from plausible.networks.inits import Init
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD

cubic = replace(output("softmax"), name="cubic", loss=lambda answer, y: abs(answer - y).sum(axis=-1) ** 3)

@dataclass(frozen=True)
class Mine(Backprop):
    gain: float = GAIN

    def signals(self, params, passed, error):
        return [self.gain * signal for signal in super().signals(params, passed, error)]

@dataclass(frozen=True)
class Own(SGD):
    twice: float = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "twice", 2 * self.momentum)

@dataclass(frozen=True)
class Halving:
    start: float
    steps: int

    def __call__(self, step):
        return self.start / 2 ** (step / self.steps)

@dataclass(frozen=True)
class Positive(Init):
    size: float = 0.1

    def draw(self, rng, fan_in, fan_out):
        return rng.uniform(0, self.size, (fan_in, fan_out))

@dataclass(frozen=True)
class Soon:
    after: int = 2

    def __call__(self, answer, y):
        return False
"""


def written(folder: Path) -> Path:
    """The files of a user's own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "helper.py").write_text(HELPER)
    (folder / "own.py").write_text(OWN)
    return folder / "own.py"


def own_run(file: Path) -> Run:
    """A run of a user's own rule, optimiser, schedule, activation, output, initialisation and criterion."""
    own: Any = {
        name: from_file(str(file), name) for name in ("Own", "Halving", "steep", "cubic", "Positive", "Soon")
    }
    network = MLP((4,), own["steep"], replace(own["cubic"], reduction="sum"), init=own["Positive"](0.2))
    optimiser = own["Own"](own["Halving"](0.1, 7), momentum=0.5)
    return replace(
        QUICK, rule=f"{file}:Mine[gain=3]", network=network, optimiser=optimiser, until=own["Soon"](3)
    )


def computed(runs: Sequence[Run], where: str) -> list[Outcome]:
    """What becomes of runs in two workers."""
    listener = Outcomes()
    with executor(where, 2) as workplace:
        compute(list(runs), workplace, 3, listener)
    return [listener.outcomes[run] for run in runs]


def numbers(outcome: Outcome) -> list[tuple[Any, ...]]:
    """The measurements, but for times and what is counted in them."""
    return [
        (row.epoch, row.split, row.metric, row.layer, repr(row.value))
        for row in outcome.rows
        if "second" not in row.metric and "per" not in row.metric
    ]


def test_a_run_is_one_json(tmp_path: Path) -> None:
    """In which everything is a registered name, or FILE.py:Name, with options."""
    file = written(tmp_path / "mine")
    run = own_run(file)
    text = Parcel(run, 3.0, tmp_path / "a.npz").packed()
    assert unpacked(text) == (run, 3.0, tmp_path / "a.npz", None, False)
    told_of: Any = json.loads(text)["run"]
    assert told_of["rule"] == f"{file}:Mine[gain=3]"
    assert told_of["optimiser"]["class"] == f"{file}:Own"
    assert "twice" not in told_of["optimiser"], "what a class works out it works out again"
    assert told_of["optimiser"]["rate"] == {"class": f"{file}:Halving", "start": 0.1, "steps": 7}
    assert told_of["network"]["activation"] == {"activation": f"{file.parent}/helper.py:steep"}
    assert told_of["network"]["output"] == {"output": f"{file}:cubic", "reduction": "sum"}
    assert told_of["network"]["init"] == {"class": f"{file}:Positive", "size": 0.2}
    assert told_of["until"] == {"class": f"{file}:Soon", "after": 3}


def test_where_the_code_of_a_run_lies_is_told(tmp_path: Path) -> None:
    """Of what it is made of, in files of a user's own and in the suite."""
    file = written(tmp_path)
    found = origins(own_run(file))
    assert {part for part in found if isinstance(part, Path)} == {file, file.with_name("helper.py")}
    assert {"plausible.networks.mlp", "plausible.probes.alignment", "plausible.study.run"} < set(found)
    assert not {"plausible.optimise.sgd", "plausible.optimise.schedules"} & set(found), (
        "its own take their places"
    )
    assert {"plausible.networks.activations", "plausible.networks.outputs"} <= set(origins(QUICK))


CHANGED = {  # what is written otherwise in one part of a user's own, and the file that it is in
    "rule": ("self.gain * signal", "-self.gain * signal", "own"),
    "value of the rule's file": ("GAIN = 2.0", "GAIN = 3.0", "helper"),
    "optimiser": ("2 * self.momentum", "3 * self.momentum", "own"),
    "schedule": ("/ 2 **", "/ 3 **", "own"),
    "activation": ("np.tanh(2 * z", "np.tanh(3 * z", "helper"),
    "slope": ("np.multiply(2, 1", "np.multiply(3, 1", "helper"),
    "output": ("** 3)", "** 4)", "own"),
    "init": ("rng.uniform(0,", "rng.uniform(1,", "own"),
    "criterion": ("return False", "return True", "own"),
}


@pytest.mark.parametrize("part", CHANGED)
def test_the_code_of_every_part_is_in_the_key(part: str, tmp_path: Path) -> None:
    old, new, name = CHANGED[part]
    file = written(tmp_path)
    before = key(own_run(file))
    changed = file.with_name(f"{name}.py")
    assert changed.read_text().count(old) == 1
    changed.write_text(changed.read_text().replace(old, new))
    os.utime(changed, ns=(1, 1))  # within the clock's tick, too
    assert key(own_run(file)).differences(before) == [f"the code of {name}.py changed"]


def test_an_outcome_is_one_json() -> None:
    """To the last bit, and with numbers that are none."""
    outcome = execute(QUICK)
    rows = [*outcome.rows, outcome.rows[0]._replace(value=float("inf"))]
    outcome = Outcome(QUICK, "diverged", "a reason", rows, "a traceback")
    assert heard(QUICK, told(outcome)) == outcome


@pytest.mark.parametrize("where", ["local", "dask:local"])
def test_what_a_user_writes_computes_the_same_in_a_worker(where: str, tmp_path: Path) -> None:
    if where != "local":
        pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    run = own_run(written(tmp_path))
    (outcome,) = computed([run], where)
    assert (outcome.status, outcome.reason) == ("done", "")
    assert numbers(outcome) == numbers(execute(run))


def test_a_stored_run_of_a_users_own_is_read_where_its_file_was_executed(
    store: Store, tmp_path: Path
) -> None:
    run = own_run(written(tmp_path / "mine"))
    store.save(key(run), execute(run))
    stored = store.find(key(run))
    assert stored is not None
    assert stored.run == run
    assert decode(json.loads(json.dumps(encode(run)))) == run


def test_nothing_is_pickled() -> None:
    """By the suite; what starts processes hands them functions of the suite."""
    for file in Path(encoding.__file__).parents[1].rglob("*.py"):
        assert not re.search(
            r"\b(c?pickle|cloudpickle|ForkingPickler|marshal)\.|import c?(pickle|cloudpickle)",
            file.read_text(),
        )


def test_two_clusters_at_once_do_not_mind_each_other() -> None:
    """Also where Dask would warn that its usual port is taken."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with executor("dask:local", 1), executor("dask:local", 1) as second:
        future = second.submit(QUICK, None, None)
        assert future.result(timeout=PATIENCE).status == "done"


TASK = """
from dataclasses import replace
from plausible.tasks.toys import two_moons

def task(rng, *, examples=100):
    return replace(two_moons(rng, examples=examples), name={name!r})
"""


def test_tasks_in_folders_with_brackets_and_spaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    """Each is what it is, by a relative path and by a whole one: in workers, in the store, and when it is read."""
    monkeypatch.chdir(tmp_path)
    names = ("one [1]", "two, (b) [x=2]")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "my task.py").write_text(TASK.format(name=name))
    line = ("--rules", "backprop", "--seeds", "1", "--epochs", "1", "--hidden", "4", "--workers", "1")
    for name in names:
        task = f"./{name}/my task.py:task[examples=80]"
        ended = command("compare", "--task", task, *line, "--json", capsys=capsys)
        assert ended.code == 0, ended.err
        assert "1 computed" in ended.err
        ended = command("compare", "--task", f"{tmp_path}/{task[2:]}", *line, "--json", capsys=capsys)
        assert (ended.code, "0 computed" in ended.err) == (0, True), ended.err
    labels = {f"{name}/my task:task[examples=80]" for name in names}
    assert {label for stored in store for label in stored.metrics().task} == labels
    for stored in store:
        assert stored.status == "done"
        ended = command("why", stored.key.name, "--execute-files", capsys=capsys)
        assert (ended.code, "nothing changed" in ended.out) == (0, True), ended.err


class Span(NamedTuple):
    """A tuple whose parts have names."""

    low: float = 0.0
    high: float = 1.0


def test_a_tuple_with_names_is_refused_and_does_not_come_back_as_a_plain_one() -> None:
    """Wherever in a run it stands; a class that reads `span.low` would fail in a worker alone."""
    for value in (Span(), (1.0, Span()), replace(QUICK, floors=(Span(1.0, 0.5),))):
        with pytest.raises(
            BadInput, match="is a Span, a tuple whose parts have names: expected a plain"
        ) as caught:
            encode(value)
        assert "\n" not in str(caught.value)
