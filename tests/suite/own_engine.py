"""A user's own file that brings everything, and a study and a figure of it: what the open-engine test runs."""

from __future__ import annotations

from pathlib import Path

NETWORK = Path(__file__).parents[2] / "docs" / "examples" / "residual.py"

OWN = '''
import os
import time

from plausible.core import Measurement
from plausible.tasks.task import Recipe, Split, Task, one_hot


def bend(z, out=None):
    return np.divide(z, 1 + abs(z), out=out)


def bend_slope(h, out=None):
    return np.square(1 - abs(h), out=out)


softsign = Activation("softsign", bend, bend_slope)


@dataclass(frozen=True)
class Sparse(Init):
    """So many weights into each unit, 1 or -1 over the root of their number; the others are 0."""

    into: int = 3

    def draw(self, rng, fan_in, fan_out):
        chosen = rng.random((fan_in, fan_out)).argsort(axis=0) < min(self.into, fan_in)
        return chosen * rng.choice([-1.0, 1.0], (fan_in, fan_out)) / self.into**0.5


@dataclass(frozen=True)
class Signs:
    """Every weight moves by the rate, along the sign of a running mean of its updates."""

    rate: float = 0.01
    mean: float = 0.9

    def init(self, params):
        return {"means": {name: np.zeros_like(weights) for name, weights in params.items()}}

    def apply(self, params, updates, memory, loss=None):
        for name, update in updates.items():
            mean = memory["means"][name]
            mean *= self.mean
            mean += (1 - self.mean) * (update.dense() if isinstance(update, Outer) else update)
            params[name] += self.rate * np.sign(mean)


def rings(rng, *, examples=150):
    """Three rings around one centre, from 0 to 1."""
    labels = rng.permutation(np.arange(examples) % 3)
    angle, radius = rng.uniform(0, 2 * np.pi, examples), labels + rng.uniform(0.2, 0.8, examples)
    points = 0.5 + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) / 6
    x, y = points.astype("float32"), one_hot(labels, 3)
    cuts = [examples // 2, 3 * examples // 4]
    train, validation, test = map(Split, np.split(x, cuts), np.split(y, cuts))
    recipe = Recipe((8,), "softmax", epochs=2, batch_size=25, optimiser="sgd[rate=0.1]")
    return Task("rings", train, validation, test, kind="classes", recipe=recipe)


@dataclass(frozen=True)
class Largest:
    """The largest weight of each layer, to a power."""

    power: float = 1.0
    name: ClassVar[str] = "largest weight"
    when: ClassVar[tuple[str, ...]] = ("measurement",)
    split: ClassVar[str] = "train"

    def __call__(self, sight):
        for name, weights in sight.tick.params.items():
            yield Measurement("largest weight", name, float(abs(weights).max()) ** self.power)


@dataclass(frozen=True)
class Gate:
    """Measures nothing, and lets two runs end; where the environment names a gate, the others wait at it."""

    name: ClassVar[str] = "gate"
    when: ClassVar[tuple[str, ...]] = ("end",)
    split: ClassVar[str] = "train"

    def __call__(self, sight):
        gate = os.environ.get("GATE")
        while gate and not any(passed(f"{gate}/{number}") for number in (1, 2)):
            time.sleep(0.05)
        return ()


def passed(place):
    """Whether this run is the first that comes here."""
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
'''

STUDY = '''"""Do feedback weights in the place of transposes do, past skips?"""

from pathlib import Path

from own import Gate, Largest, Residual, Signs, Sparse, softsign

from plausible.probes.usual import USUAL
from plausible.study.run import Run
from plausible.study.study import Study

OWN = Path(__file__).with_name("own.py")


def smoke():
    network = Residual(6, 2, softsign, init=Sparse(2))
    rules = [f"{OWN}:ResidualBackprop", f"{OWN}:ResidualFeedback[feedback_init={OWN}:Sparse[into=2]]"]
    common = {"epochs": 2, "batch_size": 25, "probes": (*USUAL, Largest(2.0), Gate())}
    return [
        Run(f"{OWN}:rings[examples=150]", rule, network, Signs(0.02), seed=seed, **common)
        for rule in rules
        for seed in (0, 1)
    ]


study = Study("open", __doc__, {"smoke": smoke})
'''

FIGURE = '''"""The largest weight on the way."""

from matplotlib.figure import Figure


def source(table):
    kept = table[table.metric == "largest weight"]
    return kept[["rule", "seed", "epoch", "layer", "value"]]


def draw(table):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    for (rule, layer), part in source(table).groupby(["rule", "layer"], observed=True):
        axes.plot(part.epoch, part.value)
    return figure
'''


def written(folder: Path) -> Path:
    """The files, in a folder of their own; returns the study."""
    for name in ("studies", "figures"):
        (folder / name).mkdir(parents=True)
    (folder / "studies" / "own.py").write_text(NETWORK.read_text(encoding="utf-8") + OWN, encoding="utf-8")
    (folder / "studies" / "open.py").write_text(STUDY, encoding="utf-8")
    (folder / "figures" / "open.py").write_text(FIGURE, encoding="utf-8")
    return folder / "studies" / "open.py"
