"""The audit of registered rules, its command and its frame. Oracle: what authors claim, read in their equations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import plausible as pl
from plausible.plausibility.audit import audit, judged, subject_of
from plausible.plausibility.explained import EXPLAINED
from plausible.plausibility.judged import CELLS
from plausible.plausibility.literature import LITERATURE
from plausible.registry import registry
from plausible.registry.criticisms import BY_NAME
from plausible.report.plausibility import COLUMNS
from plausible.study.store.tables import tables
from tests.plausibility.agreement import DIFFERING, disagreements
from tests.plausibility.evidence import contradictions
from tests.plausibility.planted import CHEATS, written
from tests.suite.command import command

RULES = sorted(registry.registered("rule"))
MATRIX = pd.read_parquet(tables()["plausibility"]).set_index(["rule", "criticism"]).verdict


def test_every_criticism_is_measured() -> None:
    assert [*CELLS] == [*BY_NAME]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_measured_as_it_claims_and_as_the_committed_matrix_has_it(rule: str) -> None:
    """Or it is explained why not, and nothing that agrees is. `python -m studies.plausibility` writes the matrix anew.

    The instruments agree wherever several speak, which share no code but the rule's own: on weight transport, slopes,
    targets, and examples of a batch. A circuit is judged by its equations and by given spikes: see test_spikes. No
    verdict on it is against the evidence beside it.
    """
    it = subject_of(rule)
    audited = judged(it, rule)
    differing = {each.criticism for each in audited.measured if not each.agrees}
    assert differing == {criticism for name, criticism in EXPLAINED if name == rule}
    assert audited.agrees
    assert {each.criticism: each.cell.verdict for each in audited.measured} == MATRIX.loc[rule].to_dict()
    if it.spiking:
        assert contradictions(audited) == []
    else:
        assert not it.made.failure
        assert not it.raised
        assert disagreements(it) == {*DIFFERING.get(rule, {})}


def test_what_is_explained_is_of_rules_that_claim_it() -> None:
    assert {name for name, _ in EXPLAINED} <= set(RULES)
    assert {criticism for _, criticism in EXPLAINED} <= {*BY_NAME}


@pytest.mark.parametrize(
    ("rule", "criticism", "verdict"),
    [
        # the disputable cells of lv2025, settled
        ("equilibrium-propagation", "weight transport", "present"),
        ("equilibrium-propagation", "separate phases", "present"),
        ("forward-forward", "separate phases", "present"),
        # where the literature is of one mind
        ("backprop", "weight transport", "present"),
        ("backprop", "exact derivatives", "present"),
        ("backprop", "non-local error", "present"),
        ("feedback-alignment", "non-local error", "present"),
        ("predictive-coding", "one-to-one units", "present"),
        ("contrastive-hebbian", "one-to-one units", "removed"),
        ("bptt", "storage in time", "present"),
        ("exact-lag-bptt", "storage in time", "present"),
        ("rtrl", "storage in time", "removed"),
        ("diehl-cook", "continuous values", "removed"),
        ("s2-stdp", "non-local error", "partly"),  # errors are times less their mean over the layer
        ("s2-stdp", "update locking", "partly"),
        ("first-spike-stdp", "update locking", "removed"),
        ("weight-perturbation", "exact derivatives", "removed"),
        ("burst-ccn", "exact derivatives", "partly"),
        ("delta-rule", "separate phases", "partly"),
        ("dann", "separate phases", "present"),  # a matrix, and no two factors: read as those are
        ("incremental-predictive-coding", "separate phases", "partly"),
        ("reinforce", "update locking", "partly"),
        ("sanger", "non-local error", "partly"),
        ("oja", "non-local error", "removed"),
        ("zero-divergence-learning", "non-local error", "present"),
        ("predictive-coding", "non-local error", "removed"),
        ("diehl-cook", "signed synapses", "removed"),
        (
            "sign-direct-feedback-alignment",
            "update locking",
            "partly",
        ),  # it reads an answer whose signs never move
    ],
)
def test_verdicts_that_the_equations_give(rule: str, criticism: str, verdict: str) -> None:
    """The committed matrix is that of the code, as the test above has it."""
    assert MATRIX[rule, criticism] == verdict


def test_the_two_instruments_agree_on_transport_wherever_both_speak() -> None:
    for rule in (
        "backprop",
        "fa",
        "dfa",
        "kolen-pollack",
        "usf",
        "symmetric-alignment",
        "dual-propagation",
        "rtrl",
    ):
        cell = audit(rule, ["weight transport"]).of("weight transport").cell
        assert "cannot tell" not in cell.intervention
        assert (cell.value is not None and cell.value > 1e-7) == (
            cell.verdict == "present" or rule == "usf"
        ), rule


def test_literature_is_of_registered_rules_and_criticisms() -> None:
    keys = Path(__file__).parents[2].joinpath("references.bib").read_text(encoding="utf-8")
    for each in LITERATURE:
        assert each.rule in registry.registered("rule")
        assert each.criticism in BY_NAME
        assert f"{{{each.source}," in keys
        assert each.verdict in ("present", "removed")


def test_an_audit_changes_no_result() -> None:
    """Neither the random numbers of others, nor a fit, to the last bit."""
    np.random.seed(0)  # whose state is what would be moved
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    fits = [pl.fit("fa", "xor", epochs=2, seed=0).params["W1"]]
    audit("fa")
    fits.append(pl.fit("fa", "xor", epochs=2, seed=0).params["W1"])
    assert np.array_equal(*fits)
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index]


def test_the_command_prints_what_the_frame_has(capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("audit", "fa", "backprop", "--json", capsys=capsys)
    told = json.loads(ended.out)["rules"]
    frame = pl.audit("fa", "backprop").frame
    assert (ended.code, [each["rule"] for each in told]) == (0, ["fa", "backprop"])
    assert list(frame.columns) == list(COLUMNS)
    for row in frame.to_dict("records"):
        (of_rule,) = [each for each in told if each["rule"] == row["rule"]]
        cell = of_rule["criticisms"][row["criticism"]]
        assert (cell["verdict"], cell["evidence"]) == (row["verdict"], row["evidence"])
    assert command("audit", "fa", capsys=capsys).code == 0
    assert "<table" in command("audit", "fa", "backprop", "--html", capsys=capsys).out


def test_a_false_claim_ends_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = claiming(written(CHEATS["einsum"], tmp_path))
    ended = command("audit", name, capsys=capsys)
    assert ended.code == 1
    assert "weight transport: removed is claimed, present is measured" in ended.err


def test_a_check_tells_of_a_false_claim_and_of_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only of rules that claim something, and where no promise of the contract is broken."""
    said = "What it claims to remove under `answers`"
    name = claiming(written(CHEATS["einsum"], tmp_path))
    ended = command("check", name, capsys=capsys)
    assert ended.code == 1
    assert f"no  {said}" in ended.out
    assert "weight transport, claimed to be removed, is present: W2, W3 used in both directions" in ended.out
    assert f"yes {said}" in repr(pl.check("dfa"))
    assert said not in repr(pl.check("backprop"))
    assert said not in repr(pl.check("relu"))


def claiming(name: str) -> str:
    """A planted rule that claims to answer weight transport."""
    file = Path(name.rpartition(":")[0])
    text = file.read_text(encoding="utf-8").replace(
        '    """A planted rule."""', '    """A planted rule."""\n\n    answers = ("weight transport",)'
    )
    file.write_text(text, encoding="utf-8")
    return name


def test_a_rule_that_cannot_learn_there_is_refused_in_one_line(tmp_path: Path) -> None:
    """And one that raises under an intervention alone is not: the cell says what it raised."""
    breaks = CHEATS["einsum"]._replace(parts={"code": "raise KeyError('W7')"})
    with pytest.raises(
        pl.BadInput, match=r"does not learn where it is audited: KeyError: 'W7' \(.*planted.py:\d+\)"
    ):
        audit(written(breaks, tmp_path))
    fussy = CHEATS["einsum"]._replace(parts={"code": "assert abs(W).max() < 0.4, 'too large'"})
    cell = audit(written(fussy, tmp_path)).of("weight transport").cell
    assert (cell.verdict, "too large" in cell.intervention) == (
        "untraceable",
        True,
    )  # it decides by its weights


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["nothing-like-it"], "unknown rule"),
        (["fa", "--json", "--html"], "expected one of them"),
        (["fa[feedback=9]"], "feedback"),
    ],
)
def test_bad_input_is_one_line(given: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("audit", *given, capsys=capsys)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert told in ended.err
