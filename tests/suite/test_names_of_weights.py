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
from tests.own_network import own_network

OPPOSITE = """
@dataclass(frozen=True)
class Opposite(Exact):
    def update(self, params, state, shown, rng):
        step = Exact.update(self, params, state, shown, rng)
        return Step({name: change if name == LAST else -change for name, change in step.updates.items()})
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
    file = tmp_path / "mine.py"
    file.write_text(own_network(*names) + OPPOSITE)
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
