"""A fit that goes on, also after a file. Oracle: one fit of all these epochs, to the last bit."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.optimise.schedules import Levels
from tests.processes import finished

MOONS = "two-moons[examples=100]"
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {  # rule, task, settings
    "momentum": ("backprop", MOONS, {"optimiser": "sgd[rate=0.1,momentum=0.9]"}),
    "adam": ("fa", MOONS, {"optimiser": "adam[rate=0.01]"}),
    "rmsprop": ("fa", MOONS, {"optimiser": "rmsprop"}),
    "a wrapper": ("fa", MOONS, {"optimiser": "decay[inner=clipped[inner=adam[rate=0.01]],rate=0.01]"}),
    "rates by layer": ("fa", MOONS, {"optimiser": "adam[rate=0.01]", "rates": {"W1": 0.1}}),
    "a schedule of its own": (
        "fa",
        MOONS,
        {"optimiser": pl.SGD(Levels((0.1, 0.05), at=(20,)), momentum=0.9)},
    ),
    "whole epochs": ("backprop", MOONS, {"optimiser": "rprop", "batch_size": 60}),
    "a rule that draws": ("weight-mirror", MOONS, {"optimiser": "adam"}),
    "a state of arrays": ("generative-predictive-coding", MOONS, {"optimiser": "adam"}),
    "particles": ("equilibrium-propagation[persistent=True,free=euler(3,0.5)]", MOONS, {"optimiser": "adam"}),
    "activity that is carried": ("bptt", "temporal-xor[steps=200]", {"optimiser": "adam", "window": 5}),
}


def fit(case: str, epochs: int) -> pl.Fitted:
    """A fit of so many epochs, whose rate does not depend on them."""
    rule, task, settings = CASES[case]
    return pl.fit(rule, task, **{"hidden": (4,), "schedule": "constant"} | settings, epochs=epochs, seed=3)


def bits(part: Any) -> Any:
    """Weights, a state or a memory with bytes in the place of arrays."""
    if isinstance(part, dict):
        return {name: bits(each) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return [bits(each) for each in part]
    return (part.dtype.str, part.shape, part.tobytes()) if isinstance(part, np.ndarray) else part


def all_of(fitted: pl.Fitted) -> Any:
    """What a fit has come to, and what it would go on with, but for the seconds."""
    place = fitted.learned.place
    assert place is not None
    return bits([fitted.params, fitted.state, vars(replace(place, seconds=0.0))])


@pytest.mark.parametrize("case", CASES)
def test_three_epochs_a_file_and_two_are_five(case: str, tmp_path: Path) -> None:
    three, five = fit(case, 3), fit(case, 5)
    before = all_of(three)
    again = pl.load(three.save(tmp_path / "three.npz"))
    assert all_of(again) == before
    for start in (three, again):
        more = start.go_on(2, progress=False)
        assert all_of(more) == all_of(five)
        assert more.run == five.run
        assert more.scores("validation") == five.scores("validation")
    assert all_of(three) == all_of(again) == before, "what goes on leaves what it goes on from as it was"
    assert all_of(again.go_on(1, progress=False).go_on(1, progress=False)) == all_of(five)


def test_the_history_goes_on() -> None:
    """The last measurements of three epochs, of the test split too, are made where the longer fit makes them."""
    more, five = fit("adam", 3).go_on(2, progress=False), fit("adam", 5)
    assert more.history.epoch.is_monotonic_increasing
    assert more.history[more.history.split == "test"].epoch.unique().tolist() == [5.0]
    assert not more.history.duplicated(["epoch", "split", "metric", "layer"]).any()
    late = [
        fitted.history.query("epoch >= 3 and split == 'validation'")[["epoch", "metric", "value"]]
        .to_numpy()
        .tolist()
        for fitted in (more, five)
    ]
    assert late[0] == late[1]


AHEAD = """
import sys
import plausible as pl
pl.load(sys.argv[1]).go_on(2, progress=False).save(sys.argv[2])
"""


def test_a_fresh_process_goes_on_alike(tmp_path: Path) -> None:
    three, five = (tmp_path / name for name in ("three.npz", "five.npz"))
    fit("momentum", 3).save(three)
    ended = finished([sys.executable, "-c", AHEAD, str(three), str(five)], cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert all_of(pl.load(five)) == all_of(fit("momentum", 5))


def test_a_task_of_arrays_goes_on_beside_itself_alone(tmp_path: Path, rng: np.random.Generator) -> None:
    x = rng.normal(size=(200, 3))
    task = pl.Task.from_arrays(x, x[:, 0] > 0)
    how: Any = {"hidden": (4,), "optimiser": "adam", "schedule": "constant"}
    file = pl.fit("fa", task, epochs=3, **how).save(tmp_path / "three.npz")
    five = pl.fit("fa", task, epochs=5, **how)
    assert all_of(pl.load(file, task=task).go_on(2, progress=False)) == all_of(five)
    larger = pl.Task.from_arrays(np.tile(x, (2, 1)), np.tile(x[:, 0] > 0, 2), shared="to be larger")
    with pytest.raises(
        pl.BadInput, match=r"^weight changes in 3 epochs is 24: expected those of the task that was"
    ):
        pl.load(file, task=larger).go_on(2)


ODD = """
from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class Odd:
    rate: float = 0.1

    def init(self, params):
        return {"odd": object()}

    def apply(self, params, updates, memory, loss=None):
        for name, update in updates.items():
            params[name] += self.rate * (update if isinstance(update, np.ndarray) else update.dense())
"""


def test_a_memory_that_no_file_holds_costs_going_on_from_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    how: Any = {"hidden": (4,), "optimiser": f"{tmp_path / 'odd.py'}:Odd", "schedule": "constant"}
    fitted = pl.fit("fa", MOONS, epochs=2, **how)
    assert bits(fitted.go_on(1).params) == bits(pl.fit("fa", MOONS, epochs=3, **how).params)
    again = pl.load(fitted.save(tmp_path / "odd.npz"))
    assert bits(again.params) == bits(fitted.params)
    with pytest.raises(pl.BadInput, match="holds no memory of its optimiser"):
        again.go_on(1)


def test_what_cannot_go_on_says_so_in_one_line(tmp_path: Path) -> None:
    how: Any = {"hidden": (4,), "optimiser": "adam", "schedule": "constant"}
    made = pl.compare(
        ["fa"], MOONS, seeds=1, epochs=2, workers=0, store=tmp_path, keep_weights=True, progress=False
    )
    with pytest.warns(UserWarning, match="diverged"):
        diverged = pl.fit("backprop", MOONS, hidden=(4,), epochs=2, optimiser="sgd[rate=1e30]")
    for fitted, epochs, said in (
        (fit("adam", 2), 0, "epochs is 0: expected a positive whole number of epochs"),
        (fit("adam", 2), 2.5, "epochs is 2.5: expected a positive whole number"),
        (pl.fit("fa", MOONS, epochs=2, hidden=(4,)), 1, "the learning rate ended at 0 with the last epoch"),
        (
            pl.fit("fa", MOONS, epochs=3, patience=2, **how),
            1,
            "a fit that is 'done' .*the best on validation",
        ),
        (pl.load(made.weights.file[0]), 1, "a fit that is 'done', as that of a comparison holds no memory"),
        (
            diverged,
            1,
            "a fit that is 'diverged' .* holds no memory of its optimiser: expected one that learned to",
        ),
    ):
        with pytest.raises(pl.BadInput, match=said) as refused:
            fitted.go_on(epochs)  # type: ignore[arg-type]
        assert "\n" not in str(refused.value)


def test_a_fit_that_met_its_criterion_has_ended() -> None:
    met = pl.fit(
        "backprop", "xor", epochs=2000, until="within[margin=0.4]", optimiser="adam", schedule="constant"
    )
    assert met.history.query("metric == 'solved'").value.tolist() == [1.0]
    with pytest.raises(pl.BadInput, match="holds no memory of its optimiser"):
        met.go_on(1)
