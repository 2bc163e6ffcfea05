"""Optimisers that need whole epochs: minibatches are refused in one line, and a kill changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plausible.cli.main import main
from plausible.core import Optimiser
from plausible.errors import BadInput
from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.batch import check_batch, needs_full_batch
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.quickprop import Quickprop
from plausible.optimise.rprop import VARIANTS, Rprop
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from plausible.probes.criterion import Within
from plausible.registry.encoding import decode, encode
from plausible.study import course as run_module
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.study.study import Skipped, cells

CLASSICS: dict[str, Optimiser] = {
    "bold driver": BoldDriver(1.0, momentum=0.5),
    "delta-bar-delta": DeltaBarDelta(0.5),
    **{name: Rprop(0.1, name) for name in VARIANTS},
    "quickprop": Quickprop(1.0),
}
every_classic = pytest.mark.parametrize("optimiser", CLASSICS.values(), ids=CLASSICS)
WRAPPED = [
    Rprop(),
    Decay(Quickprop()),
    Clipped(Decay(BoldDriver())),
    Grouped((("b*", DeltaBarDelta()),), SGD()),
]
ENCODER = MLP((3,), logistic, output("logistic-squared", "sum"))


@pytest.mark.parametrize("optimiser", [*CLASSICS.values(), *WRAPPED], ids=repr)
def test_minibatches_are_refused_before_anything_runs(optimiser: Optimiser) -> None:
    run = Run("encoder[n=8]", "backprop", ENCODER, optimiser, epochs=2, batch_size=7)
    with pytest.raises(BadInput, match=r"^the batch size is 7 .* 8 examples: expected .* at least 8"):
        execute(run)
    (skipped,) = cells(["encoder[n=8]"], ["backprop"], [ENCODER], optimiser, 2, 7, seeds=3)
    assert isinstance(skipped, Skipped)
    assert "expected a batch size of at least 8" in skipped.reason
    for enough in (8, 100):
        assert execute(replace(run, batch_size=enough)).status == "done"


@pytest.mark.parametrize("optimiser", [SGD(), Decay(SGD()), Clipped(), Grouped()], ids=repr)
def test_others_take_any_batch(optimiser: Optimiser) -> None:
    assert not needs_full_batch(optimiser)
    check_batch(optimiser, 1, 1000)


def test_the_command_line_says_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["compare", "--optimiser", "rprop", "--seeds", "1", "--epochs", "1", "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert (stop.value.code, said.count("\n")) == (2, 1)
    assert said.startswith("error: the batch size is 32 and the training split has ")


@pytest.mark.parametrize("optimiser", [BoldDriver(), Rprop(variant="irprop+")], ids=repr)
def test_a_rule_without_a_loss_is_told_so(optimiser: Optimiser) -> None:
    params = {"W1": np.zeros((1, 1))}
    with pytest.raises(BadInput, match=r"offers no loss: expected Step\(\.\.\., loss=\.\.\.\)"):
        optimiser.apply(params, {"W1": np.ones((1, 1))}, optimiser.init(params))


@every_classic
def test_they_go_through_json_and_through_a_kill(
    optimiser: Optimiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was stopped and taken up ends as one that was not, to the last bit."""
    monkeypatch.setattr(run_module, "KEEP_EVERY", 0.0)
    run = Run("encoder[n=8]", "backprop", ENCODER, optimiser, 40, 8, until=Within(0.05))
    assert decode(json.loads(json.dumps(encode(run)))) == run
    whole, file = execute(run), tmp_path / "kept.npz"

    def stop(fraction: float) -> None:
        if fraction >= 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run, stop, checkpoint=file)
    assert file.exists()
    resumed = execute(run, checkpoint=file)
    timeless = [
        [row._replace(seconds=0.0) for row in outcome.rows if row.metric != "examples per second"]
        for outcome in (whole, resumed)
    ]
    assert timeless[0] == timeless[1]
