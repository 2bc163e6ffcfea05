"""Adding to the suite takes one class and one line. Oracle: the diffs in docs/examples/diffs, which CONTRIBUTING shows.

Each is applied to a copy of the sources. Beside them stands the metadata that installing the copy would write, so that
what was added is there by its name, in processes that know of nothing else.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from tests.checkout import copied
from tests.processes import finished

ROOT = Path(__file__).parents[2]
DIFFS = ROOT / "docs" / "examples" / "diffs"
PERTURBATION = ROOT / "docs" / "examples" / "weight_perturbation.py"
RUN = """
from plausible.networks.mlp import MLP
from plausible.probes.usual import USUAL
from plausible.registry import registry
from plausible.study.course import execute
from plausible.study.run import Run

outcome = execute(Run({task}, {rule}, {network}, epochs=1, probes=(*USUAL, *{probes})))
print(outcome.status, sorted({{row.layer for row in outcome.rows if row.metric == {metric}}}))
"""
ALIKE = {"task": "'two-moons[examples=300]'", "rule": "'backprop'", "network": "MLP((4,))", "probes": "()"}
RUNS = {  # by kind: a run that uses what was added, and the layers that a metric is of
    "network": {
        **ALIKE,
        "rule": repr(f"{PERTURBATION}:WeightPerturbation"),
        "network": "registry.network('radial[units=9]')",
        "metric": "'update norm'",
    },
    "probe": {**ALIKE, "probes": "[registry.probe('length')]", "metric": "'length'"},
}
LAYERS = {"network": ["W1", "W2"], "probe": ["W1", "W2", "b1", "b2"]}
CHECKED = {"rule": "partial-sign-feedback", "optimiser": "adamax"}  # by the contract of their kind


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what is installed."""
    for folder in ("plausible", "baselines"):
        copied(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def installed(copy: Path) -> dict[str, str]:
    """The environment in which the copy is what is installed, with its own entry points."""
    project = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = copy / "plausible-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: plausible\nVersion: 0.1.0\n")
    groups = project["entry-points"].items()
    sections = [
        f"[{group}]\n" + "".join(f"{n} = {p}\n" for n, p in points.items()) for group, points in groups
    ]
    (about / "entry_points.txt").write_text("\n".join(sections))
    results, path = str(copy / "results"), str(copy)
    return {"PYTHONPATH": path, "PLAUSIBLE_RESULTS": results, "PATH": "", "HOME": path, "COLUMNS": "120"}


@pytest.mark.parametrize("diff", sorted(DIFFS.glob("*.diff")), ids=lambda diff: diff.stem)
def test_one_new_file_and_one_line(diff: Path) -> None:
    """Nothing is taken away, and besides the new file there is a line among the entry points."""
    told = finished(["git", "apply", "--numstat", str(diff)], cwd=ROOT).stdout.split("\n")
    touched = {name: (int(more), int(less)) for more, less, name in map(str.split, filter(None, told))}
    new = touched.keys() - {"pyproject.toml"}
    assert touched["pyproject.toml"] == (1, 0)
    assert len(new) == 1
    assert not (ROOT / min(new)).exists()
    assert all(less == 0 for _, less in touched.values())


@pytest.mark.parametrize("diff", sorted(DIFFS.glob("*.diff")), ids=lambda diff: diff.stem)
def test_what_was_added_works_by_its_name(diff: Path, copy: Path) -> None:
    finished(["git", "apply", str(diff)], cwd=copy)
    environment = installed(copy)
    if diff.stem in CHECKED:  # which ends with 1 if a promise is broken
        finished([sys.executable, "-m", "plausible", "check", CHECKED[diff.stem]], environment, cwd=copy)
    else:
        code = RUN.format(**RUNS[diff.stem])
        said = finished([sys.executable, "-c", code], environment, cwd=copy).stdout
        assert said == f"done {LAYERS[diff.stem]}\n"
