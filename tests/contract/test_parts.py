"""Activations, outputs, initial weights, schedules, criteria and probes keep their promises; who breaks one is told which.

Oracle: what the rest relies on, such as central differences for slopes and errors; and faults made on purpose, so that
every promise is broken at least once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.cli.main import main
from plausible.contract.check import CONTRACTS, check, kind_in_file, kind_of
from plausible.errors import BadInput
from plausible.registry import registry

PARTS = ("activation", "output", "init", "schedule", "criterion", "probe")
OPTIONS = {
    "steps": "[start=0.1,at=(50,75)]",
    "levels": "[values=(0.1,0.05),at=(30,)]",
    "cosine": "[start=1.0,steps=90]",
}
NAMES = [(kind, name + OPTIONS.get(name, "")) for kind in PARTS for name in sorted(registry.registered(kind))]


@pytest.mark.parametrize(("kind", "name"), [*NAMES, ("init", "gaussian(0.1)")])
def test_every_registered_part_keeps_every_promise(kind: str, name: str) -> None:
    assert [finding for finding in check(name, kind) if finding.verdict in ("broken", "not judged")] == []


SOUND = {
    "activation": """
import numpy as np
from plausible.networks.activations import Activation

CALLS = []

def value(z, out=None):
    return np.multiply(z, 1 / np.sqrt(1 + np.square(z)), out=out)

def slope(h, out=None):
    return np.power(1 - np.square(h), 1.5, out=out)

Mine = Activation('mine', value, slope)
""",
    "output": """
import numpy as np
from plausible.networks.outputs import Output

CALLS = []

def value(z):
    return np.tanh(z)

def loss(answer, y):
    return 0.25 * np.square(answer - y).sum(axis=-1)

def error(answer, y):
    return 0.5 * (answer - y) * (1 - np.square(answer))

Mine = Output('mine', value, loss, error)
""",
    "init": """
from dataclasses import dataclass, field
import numpy as np
from plausible.networks.inits import Init

CALLS = []
LAST = np.random.default_rng(0).normal(size=(99, 99))

@dataclass(frozen=True)
class Mine(Init):
    scale: float = 0.1

    def draw(self, rng, fan_in, fan_out):
        return self.scale * rng.laplace(size=(fan_in, fan_out))
""",
    "schedule": """
from dataclasses import dataclass, field, replace
import numpy as np

CALLS = []

@dataclass(frozen=True)
class Mine:
    start: float
    steps: int
    power: float = 1.0

    def __call__(self, step):
        return self.start * (1 - min(step / self.steps, 1)) ** self.power

    def started(self, start):
        return replace(self, start=start)

    def shortened(self, fraction):
        return replace(self, steps=max(round(fraction * self.steps), 1))
""",
    "criterion": """
from dataclasses import dataclass, field
import numpy as np

@dataclass(frozen=True)
class Mine:
    share: float = 0.9

    def __call__(self, answer, y):
        return bool((answer.argmax(axis=1) == y.argmax(axis=1)).mean() >= self.share)
""",
    "probe": """
from dataclasses import dataclass, field
import numpy as np
from plausible.core import Measurement

CALLS = []

@dataclass(frozen=True)
class Mine:
    power: float = 1.0
    name = "mine"
    split = "train"
    when = ("measurement",)

    def __call__(self, sight):
        for name, weights in sight.tick.params.items():
            yield Measurement("largest", name, float(abs(weights).max() ** self.power))
""",
}
FIELD = "    b: object = field(default_factory=lambda: np.zeros(2))\n"
ODD = "class Odd(KIND):\n    def __eq__(self, other):\n        return False\n\nMine = Odd"
BREAKAGES = {  # by kind: what to replace, by what, and the words that say it
    "activation": {
        "a value that is not even itself": ("Mine = Activation", ODD.replace("KIND", "Activation"), "registered nowhere"),
        "another slope": ("1.5", "1.4", "by differences"),
        "another dtype": ("np.multiply(z,", "np.multiply(np.float64(1) * z,", "value is float64 where float32 was given"),
        "a slope of one number": ("np.power(1 - np.square(h), 1.5, out=out)", "np.ones(1, h.dtype)", "slope has shape (1,)"),
        "not finite": ("np.multiply(z,", "np.multiply(z / 0,", "value is not finite"),
        "units that hear each other": ("np.multiply(z, 1", "np.multiply(z - z.mean() * 1e-7, 1", "the value of a unit changes with the units beside it"),
        "writing into z": ("    return np.multiply(z, 1", "    z *= 1 + 1e-9\n    return np.multiply(z, 1", "value writes into what it is given"),
        "another number each time": ("    return np.multiply(z, 1", "    CALLS.append(1)\n    return np.multiply(z + 1e-9 * len(CALLS), 1", "two calls of value on the same numbers differ"),
        "no out": ("def slope(h, out=None):\n    return np.power(1 - np.square(h), 1.5, out=out)", "def slope(h):\n    return np.power(1 - np.square(h), 1.5)", "unexpected keyword argument 'out'"),
        "out that is read": ("np.square(h), 1.5, out=out)", "np.square(h if out is None else out), 1.5)", "slope with `out` returns other numbers"),
        "on the host": ("np.square(z))", "np.square(np.asarray(z)))", "value: an array of another library would become"),
    },
    "output": {
        "a value that is not even itself": ("Mine = Output", ODD.replace("KIND", "Output"), "registered nowhere"),
        "another error": ("0.5 *", "0.51 *", "the derivative of the loss"),
        "a loss of the batch": ("sum(axis=-1)", "sum()", "a loss is of kind float"),
        "a loss that is lost": ("sum(axis=-1)", "sum(axis=-1) + 0 / (np.abs(answer[..., 0]) < 0.9).astype(answer.dtype)", "a loss is not finite where answer is ["),
        "another dtype": ("np.tanh(z)", "np.tanh(z * np.float64(1))", "an answer is float64 where float32 was given"),
        "not finite": ("np.tanh(z)", "np.tanh(z) + 0 * np.exp(z * 1e3)", "an answer is not finite"),
        "a mean over the batch": ("0.5 * (answer - y)", "0.5 * (answer - y) * (answer.size / answer.size) + 1e-8 * answer.mean()", "the error of an example changes"),
        "writing into z": ("np.tanh(z)", "np.tanh(z, out=z)", "value writes into what it is given"),
        "writing into answers": ("    return 0.25", "    answer -= 1e-9\n    return 0.25", "loss writes into what it is given"),
        "on the host": ("np.square(answer - y).sum", "np.add.reduce(np.square(answer - y), axis=-1, keepdims=True).sum", "loss: np.add.reduce is answered by numpy alone"),
    },
    "init": {
        "not frozen": ("frozen=True", "frozen=False", "it is not frozen"),
        "an array as a field": ("    scale: float = 0.1\n", "    scale: float = 0.1\n" + FIELD, "its field 'b' holds an array"),
        "no data": ("scale: float = 0.1", "scale: object = len", "cannot be written as JSON"),
        "never equal": ("frozen=True", "frozen=True, eq=False", "read again it is"),
        "another shape": ("(fan_in, fan_out)", "(fan_out, fan_in)", "a sample has shape (20, 30): expected (30, 20)"),
        "not finite": ("self.scale *", "self.scale / 0 *", "ZeroDivisionError"),
        "infinite": ("self.scale *", "np.inf *", "a sample is not finite"),
        "another dtype": ("    def draw", "    def __call__(self, rng, shape, dtype):\n        return self.draw(rng, *shape)\n\n    def draw", "a sample is float64 where float32"),
        "other draws in float32": ("    def draw", "    def __call__(self, rng, shape, dtype):\n        return rng.random(shape, dtype)\n\n    def draw", "float32 weights are others"),
        "draws of its own": ("rng.laplace", "np.random.default_rng().laplace", "draw from rng only"),
        "one memory": ("self.scale * rng.laplace(size=(fan_in, fan_out))", "LAST[:fan_in, :fan_out]", "one memory", ("    def draw", "    def __call__(self, rng, shape, dtype):\n        return self.draw(rng, *shape) if dtype == 'float64' else self.draw(rng, *shape).astype(dtype)\n\n    def draw")),
        "the same at every seed": ("rng.laplace", "np.random.default_rng(0).laplace", "every seed gives the same weights"),
        "units alike": ("size=(fan_in, fan_out))", "size=(fan_in, 1)) * np.ones(fan_out)", "only 1 of 20 units differ"),
    },
    "schedule": {
        "not frozen": ("frozen=True", "frozen=False", "it is not frozen"),
        "an array as a field": ("    power: float = 1.0\n", "    power: float = 1.0\n" + FIELD, "its field 'b' holds an array"),
        "no data": ("power: float = 1.0", "power: object = len", "cannot be written as JSON", ("** self.power", "** 1.0")),
        "below zero": ("min(step / self.steps, 1)", "step / self.steps", "at step 101 it gives -"),
        "no number": ("** self.power", "** self.power * (1 if step < 7 else np.nan)", "at step 7 it gives nan"),
        "a count of calls": ("        return self.start *", "        CALLS.append(1)\n        return len(CALLS) * self.start *", "in another order have other rates"),
        "started that is another course": ("replace(self, start=start)", "replace(self, start=start, power=2.0)", "started from its own rate, it is another course"),
        "started that starts elsewhere": ("replace(self, start=start)", "self", "started from 0.05, it begins at 0.1"),
        "shortened that is another course": ("max(round", "2 * max(round", "shortened to the whole, it is another course"),
        "shortened from elsewhere": ("replace(self, steps=max", "replace(self, start=self.start * fraction, steps=max", "shortened, it begins at 0.05"),
        "shortened that is not": ("min(step / self.steps, 1)", "min(step / 200 + (self.steps < 100) * 0.1 * (step > 0), 1)", "shortened, it ends at"),
    },
    "criterion": {
        "not frozen": ("frozen=True", "frozen=False", "it is not frozen"),
        "an array as a field": ("    share: float = 0.9\n", "    share: float = 0.9\n" + FIELD, "its field 'b' holds an array"),
        "no data": ("share: float = 0.9", "share: object = len", "cannot be written as JSON", (">= self.share", ">= 0.9")),
        "numpy's truth": ("return bool(", "return (", "expected True or False"),
        "never": (">= self.share", "> 1", "it says False of answers that are the targets"),
        "always": (">= self.share", ">= 0", "it says True of answers that are their opposite"),
        "the first example alone": ("(answer.argmax(axis=1) == y.argmax(axis=1)).mean()", "(answer[0].argmax() == y[0].argmax())", "it depends on the order of examples"),
        "writing": ("        return bool(", "        answer *= 2\n        return bool(", "it writes into the answers"),
    },
    "probe": {
        "not frozen": ("frozen=True", "frozen=False", "it is not frozen"),
        "an array as a field": ("    power: float = 1.0\n", "    power: float = 1.0\n" + FIELD, "its field 'b' holds an array"),
        "no data": ("power: float = 1.0", "power: object = len", "cannot be written as JSON", ("** self.power", "** 1.0")),
        "no such moment": ('("measurement",)', '("sometimes",)', "a tuple of begin, epoch, measurement, end"),
        "never": ('("measurement",)', "()", "`when` is empty"),
        "no name": ('name = "mine"', 'name = ""', "its name is ''"),
        "a word for a number": ("float(abs(weights).max() ** self.power)", "'large'", "probe 'mine', not the rule, failed"),
        "draws of its own": ("float(abs(weights).max() ** self.power)", "float(np.random.default_rng().random())", "draw from sight.rng only"),
        "changing weights": ("        for name", "        w = sight.tick.params['W1'].base\n        w *= 1.01\n        for name", "of the run changes where it looks"),
        "an exception": ("        for name", "        raise RuntimeError('no idea')\n        for name", "RuntimeError: no idea"),
    },
}  # fmt: skip
CASES = [(kind, name) for kind in PARTS for name in BREAKAGES[kind]]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_broken_promise_of_a_part_is_named(tmp_path: Path, kind: str, name: str) -> None:
    old, new, expected, *more = BREAKAGES[kind][name]
    text = SOUND[kind]
    for before, after in ((old, new), *more):
        assert before in text
        text = text.replace(before, after, 1)
    file = tmp_path / "mine.py"
    file.write_text(text)
    problems = [finding.problem for finding in check(f"{file}:Mine", kind) if finding.problem]
    assert any(expected in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)


@pytest.mark.parametrize("kind", PARTS)
def test_a_sound_part_of_a_file_is_told_by_what_it_is(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOUND[kind])
    assert kind_in_file(f"{file}:Mine") == kind_of(f"{file}:Mine") == kind
    assert [finding.problem for finding in check(f"{file}:Mine") if finding.verdict != "kept"] == []


@pytest.mark.parametrize("kind", PARTS)
def test_every_promise_of_a_part_is_broken_by_some_fault(tmp_path: Path, kind: str) -> None:
    """A promise that nothing breaks could not fail."""
    broken = set()
    for number, (old, new, _, *more) in enumerate(BREAKAGES[kind].values()):
        text = SOUND[kind]
        for before, after in ((old, new), *more):
            text = text.replace(before, after, 1)
        file = tmp_path / f"mine{number}.py"
        file.write_text(text)
        broken |= {finding.promise for finding in check(f"{file}:Mine", kind) if finding.verdict == "broken"}
    promises = {" ".join((promise.__doc__ or "").split()) for promise in CONTRACTS[kind].promises}
    assert broken == promises


def test_a_name_of_two_kinds_asks_for_the_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        BadInput, match="'logistic' is the name of an activation and an output: expected --kind"
    ):
        kind_of("logistic")
    assert kind_of("tanh") == "activation"
    assert kind_of("softmax") == "output"
    assert kind_of("gaussian(0.1)") == "init"
    assert kind_of("within") == "criterion"
    assert kind_of("cosine[start=0.1,steps=20]") == "schedule"
    with pytest.raises(SystemExit) as ended:
        main(["check", "logistic", "--kind", "output"])
    assert not ended.value.code
    assert "derivative of the loss" in capsys.readouterr().out


def test_a_schedule_with_a_field_start_is_no_network(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Mine:\n    start: float = 0.1\n\n"
        "    def __call__(self, step):\n        return self.start\n"
    )
    assert kind_in_file(f"{file}:Mine") == "schedule"


NO_CONTRACT = """
from plausible.study.study import Study

def measured(bench, *, n=1):
    yield n

def handed(bench: "Bench", *, n=1):
    return iter([n])

def annotated(rng, *, n: int = 1):
    return n

study = Study("mine", "Is it so?", {"smoke": lambda: ()})
"""


def test_experiments_and_studies_have_no_contract_and_are_judged_as_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(NO_CONTRACT)
    for name in ("measured", "handed"):
        with pytest.raises(
            BadInput, match=r"^an experiment has no contract: expected rule, task, .* plausible run"
        ):
            check(f"{file}:{name}")
    assert kind_of(f"{file}:annotated") == "task"
    said = r"^'accuracy' is a study, and a study has no contract: expected rule, .*; plausible run accuracy --scale smoke"
    with pytest.raises(BadInput, match=said):
        check("accuracy")
    for text, kind in ((f"{file}:study", None), (f"{file}:study", "study"), ("accuracy", "study")):
        with pytest.raises(BadInput, match=r"^a study has no contract: expected rule, task, "):
            check(text, kind)
    with pytest.raises(BadInput, match=r"^an experiment has no contract: .*") as caught:
        check(f"{file}:measured", "experiment")
    assert "\n" not in str(caught.value)
