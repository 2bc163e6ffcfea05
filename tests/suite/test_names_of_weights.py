"""A network of one's own may call its weights anything; tables and figures hold the angles of those that it says.

Oracle: a rule that changes the hidden weights by minus the gradient is at 180° to it there, and at 0° at its read-out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from plausible.contract.check import check
from plausible.plotting import saving
from plausible.probes.alignment import weight_angles
from plausible.report import comparison as report
from plausible.report.summary import summary
from plausible.study.compare import Comparison, compare

OWN = """
from dataclasses import dataclass
import numpy as np
from plausible.core import Outer, Step
from plausible.networks.network import texts
from plausible.networks.outputs import Output, output


@dataclass(frozen=True)
class Mine:
    units: int = 4
    output: Output = output("softmax")
    dtype: str = "float32"
    sequential = False
    reference = f"{__file__}:Exact"
    inner = ("FIRST", "SECOND")

    def shapes(self, n_in, n_out):
        return {"FIRST": (n_in, self.units), "SECOND": (self.units, self.units), "LAST": (self.units, n_out)}

    def start(self, n_in, n_out, rng):
        drawn = {name: rng.normal(0, 0.5, shape) for name, shape in self.shapes(n_in, n_out).items()}
        return {name: weights.astype(self.dtype) for name, weights in drawn.items()}

    def respond(self, params, x):
        h = np.sin(x @ params["FIRST"])
        h2 = np.sin(h @ params["SECOND"])
        return [h, h2, self.output.value(h2 @ params["LAST"])]

    def settings(self):
        return texts(self)


@dataclass(frozen=True)
class Exact:
    network: Mine = Mine()

    def init(self, n_in, n_out, rng):
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        h, h2, answer = self.network.respond(params, shown.x)
        error, scale = self.network.output.error(answer, shown.y), -self.network.output.scale(shown.y)
        second = (error @ params["LAST"].T) * np.cos(h @ params["SECOND"])
        first = (second @ params["SECOND"].T) * np.cos(shown.x @ params["FIRST"])
        changes = {"FIRST": Outer(shown.x, first, scale), "SECOND": Outer(h, second, scale)}
        return Step({**changes, "LAST": Outer(h2, error, scale)})

    def respond(self, params, state, x, rng):
        return self.network.respond(params, x)


@dataclass(frozen=True)
class Opposite(Exact):
    def update(self, params, state, shown, rng):
        step = Exact.update(self, params, state, shown, rng)
        return Step({name: change if name == "LAST" else -change for name, change in step.updates.items()})
"""
NAMES = {
    "letters": ("U", "V", "W"),
    "words": ("Query", "Bias", "Readout"),
    "numbered otherwise": ("Q1", "B2", "P3"),
    "the last one first": ("W3", "W2", "W1"),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=list(NAMES))
def test_angles_are_those_of_the_hidden_weights(
    names: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    text = OWN
    for place, name in zip(("FIRST", "SECOND", "LAST"), names, strict=True):
        text = text.replace(place, name)
    file = tmp_path / "mine.py"
    file.write_text(text)
    assert {finding.verdict for finding in check(f"{file}:Mine", "network")} == {"kept"}
    comparison = Comparison(
        "two-moons[examples=200]", (f"{file}:Opposite",), seeds=1, epochs=1, network=f"{file}:Mine"
    )
    result = compare(comparison, workers=1)
    (outcome,) = result.outcomes
    assert (outcome.status, outcome.reason) == ("done", "")
    angles = result.metrics[result.metrics.metric == "gradient angle"].groupby("layer").value.mean()
    assert angles[[*names]].tolist() == pytest.approx([180, 180, 0], abs=0.1)
    assert summary(result)["gradient angle"][0].estimate == pytest.approx(180, abs=0.1)
    figures: list[Figure] = []
    monkeypatch.setattr(
        saving, "save", lambda figure, file, kind: (figures.append(figure), file.write_text(kind))
    )
    assert report.draw(result, comparison, tmp_path)[1] == ""
    drawn = np.asarray(figures[0].axes[1].lines[0].get_ydata(), float)
    assert len(drawn)
    assert drawn == pytest.approx(180, abs=0.1)


@pytest.mark.parametrize(
    "params",
    [
        {"Query": (3, 4), "W1": (3, 4)},
        {"Q1": (3, 4), "W1": (3, 4)},
        {"Q1": (2, 4), "W1": (3, 4), "W3": (4, 2)},
        {"Q1": (2, 4), "W1": (3, 4), "W2": (5, 2)},
        {"Bias": (4, 3), "Wias": (3, 4)},
        {"B1": (3, 4), "W1": (3, 4)},
        {"P": (4, 4), "R": (4, 4)},
    ],
    ids=str,
)
def test_a_name_that_begins_like_feedback_makes_no_feedback(params: dict[str, tuple[int, int]]) -> None:
    """Feedback is named by its letter and its layer, and has the shape of what it stands for."""
    assert not list(weight_angles({name: np.ones(shape) for name, shape in params.items()}))
