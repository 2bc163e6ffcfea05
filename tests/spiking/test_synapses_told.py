"""`plausible list rules` tells where rules of single synapses live. Oracle: the files of the studies."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from plausible.cli.main import app
from plausible.networks.mlp import MLP
from plausible.plausibility.spikes.models import MODELS
from plausible.printing import terminal
from plausible.printing.terminal import Terminal
from plausible.registry import registry
from plausible.report.synapses import LIVES, told, variants
from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.spiking.diehl_cook.network import VARIANTS

STUDIES = Path(__file__).parents[2] / "studies"
FUNCTIONS = {
    "pair-stdp": r"\bpair_stdp\(",
    "nearest-pair-stdp": r'pair_stdp\([^)]*"nearest"',
    "single-pair-stdp": r'pair_stdp\([^)]*"once"',
    "triplet-stdp": r"\btriplet_stdp\b|TRIPLETS",
    "voltage-stdp": r"\bclopath\(",
    "inhibitory-stdp": r"\binhibitory_stdp\(",
    "dopamine-stdp": r"\bdopamine_stdp\(",
    "modulated-stdp": r"\bmstdp\(",
    "modulated-stdp-with-trace": r"\bmstdpet\(",
    "dendritic-prediction": r"\bdendritic_prediction\(",
}


def test_every_rule_of_single_synapses_is_told_of() -> None:
    assert LIVES.keys() == MODELS.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("name", LIVES)
def test_studies_that_are_named_use_the_rule_and_others_do_not(name: str) -> None:
    using = {
        file.stem
        for file in STUDIES.glob("*.py")
        if re.search(FUNCTIONS[name], file.read_text(encoding="utf-8"))
    }
    if name == "pair-stdp":  # the pairs that count once have a name of their own
        using -= set(LIVES["single-pair-stdp"])
    assert using == set(LIVES[name])


def test_the_list_of_rules_ends_with_them() -> None:
    shown = CliRunner().invoke(app, ["list", "rules"])
    assert shown.exit_code == 0
    assert "modulated-stdp-with-trace: in the study florian2007" in shown.stdout
    lines = shown.stdout.partition("rules of single synapses")[2].splitlines()
    assert len([line for line in lines if line.startswith("  ")]) == len(LIVES) + len(VARIANTS)
    for name in VARIANTS:
        spec = f"diehl-cook[stdp={name}]"
        assert any(line.startswith(f"  {spec}: at an ") for line in lines)
        assert registry.rule(spec, MLP((3,))) == DiehlCook(MLP((3,)), stdp=cast(Any, name))
    for rule in ("s2-stdp", "first-spike-reward-stdp", "diehl-cook"):
        assert rule in shown.stdout


def test_lines_below_a_list_fit_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, narrow = (
        Terminal(file=StringIO(), width=80, force_terminal=shown, color_system=None)
        for shown in (False, True)
    )
    said = [*told(), *variants()]
    for console in (wide, narrow):
        monkeypatch.setattr(terminal, "out", console)
        for line in said:
            terminal.tell(line)
    assert wide.file.getvalue().splitlines() == said
    rows = narrow.file.getvalue().splitlines()
    assert max(map(len, rows)) <= 80 < max(map(len, said))
    assert " ".join(" ".join(rows).split()) == " ".join(" ".join(said).split())
