"""What rules need, counted; and the page of an audit. Oracle: equations of rules, counted by hand; HTML's grammar."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import plausible as pl
from plausible.plausibility.audit import audit
from plausible.plausibility.costs import Costs, costs, growth
from plausible.plausibility.spikes.models import MODELS
from plausible.plausibility.subject import Subject
from plausible.plausibility.world import world
from plausible.registry.criticisms import BY_NAME
from plausible.report.audit_page import page
from plausible.report.plausibility import COST_HEADS, cost_frame, cost_table
from plausible.spiking import compiled, live
from tests.plausibility.planted import CHEATS, written
from tests.suite.command import command

UP, BACK = 9 * 13 + 13 * 11 + 11 * 5, 13 * 11 + 11 * 5  # weights, and those through which errors come back
DIRECT = 5 * (13 + 11)  # weights from the output to each hidden layer


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # up, back, and the outer products of the changes
        ("backprop", {"multiply_adds": 2 * UP + BACK, "per_synapse": 0, "passes": 1, "phases": 2, "products": 5}),
        ("fa", {"multiply_adds": 2 * UP + BACK, "per_synapse": BACK / UP, "per_unit": 0, "random_numbers": 0}),
        ("dfa", {"multiply_adds": 2 * UP + DIRECT, "per_synapse": DIRECT / UP}),
        ("delta-rule", {"multiply_adds": 2 * 9 * 5, "per_weight": 2, "products": 1}),
        ("pepita", {"passes": 2, "multiply_adds": 3 * UP + 5 * 9, "per_synapse": 5 * 9 / UP}),
        ("forward-forward", {"passes": 2}),
        ("equilibrium-propagation", {"settling_steps": 50}),
        ("bptt", {"growth": 1, "per_unit": 13 / (13 + 5)}),  # the activity that is carried on
        ("rtrl", {"growth": 0}),
        ("readout-only", {"growth": 0}),
        # x += 1; w -= a*y; and y += 1; w += a*x
        ("pair-stdp", {"operations": 6, "per_synapse": 2, "growth": 0}),
        # r1, r2, o1, o2
        ("triplet-stdp", {"per_synapse": 4}),
    ],
)  # fmt: skip
def test_what_a_rule_needs_is_what_its_equations_take(rule: str, expected: dict[str, float]) -> None:
    found = costs(rule)._asdict()
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


def test_rules_of_rates_send_no_spikes_and_those_of_spikes_make_no_products() -> None:
    rates, spikes = costs("backprop"), costs("diehl-cook")
    assert (rates.spikes, rates.synaptic_events, rates.operations) == (None, None, None)
    assert (spikes.multiply_adds, spikes.products, spikes.passes) == (None, None, None)
    # an input's spike reaches 13 neurons, an excitatory one its partner, whose spike reaches the other 12
    assert spikes.spikes is not None
    assert spikes.synaptic_events is not None
    assert spikes.synaptic_events > spikes.spikes > 0
    # the step of the last arriving spike; post1, post2 and the sum of weights
    assert (spikes.per_synapse, spikes.per_unit, spikes.sign_changes) == (1, 3, 0)


def test_what_grows_as_the_square_has_the_exponent_2(monkeypatch: pytest.MonkeyPatch) -> None:
    it = Subject(lambda seed: world("bptt", seed))
    for power in (1, 2):
        monkeypatch.setattr(
            "plausible.plausibility.costs.held", lambda _, length, p=power: 100 + 7 * length**p
        )
        assert growth(it) == pytest.approx(power, abs=1e-12)
    monkeypatch.setattr("plausible.plausibility.costs.held", lambda _, length: 100)
    assert growth(it) == 0


def test_the_table_the_json_and_the_frame_have_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("audit", "--cost", "fa", "pair-stdp", "--json", capsys=capsys)
    told = json.loads(ended.out)["costs"]
    made = [costs("fa"), costs("pair-stdp")]
    assert (ended.code, told) == (0, [each._asdict() for each in made])
    frame = pl.audit("fa").costs
    assert frame.columns.tolist() == [*Costs._fields]
    assert frame.iloc[0].multiply_adds == told[0]["multiply_adds"]
    assert cost_frame(made).multiply_adds.isna().tolist() == [False, True]
    assert "828" in command("audit", "--cost", "fa", capsys=capsys).out
    assert "<table" in command("audit", "--cost", "fa", "--html", capsys=capsys).out
    shown = {column.head for column in cost_table(made).columns}
    assert shown < {"rule", *COST_HEADS.values()}
    assert "spikes /example" not in shown


def test_costs_of_what_is_no_rule_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("audit", "--cost", "nothing-like-it", capsys=capsys)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


def test_neither_costs_nor_the_audit_of_a_simulation_change_a_result() -> None:
    """The compiler is looked for as before, and nobody's random numbers are drawn."""
    np.random.seed(1)  # whose state is what would be moved
    before = compiled.compiler, live.Live, np.random.get_state()[1].copy()  # type: ignore[index]
    costs("diehl-cook")
    audit("pair-stdp")
    assert (compiled.compiler, live.Live) == before[:2]
    assert np.array_equal(np.random.get_state()[1], before[2])  # type: ignore[index]


class Reader(HTMLParser):
    """Notes tags, links and texts, and that each tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.links, self.open, self.texts = set[str](), list[str](), list[str](), list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [tag] * (tag != "meta")
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_one_file_and_every_text_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "<script>alert(1)<"
    folder.mkdir()
    name = written(CHEATS["einsum"], folder)
    ended = command("audit", "fa", name, "--html", capsys=capsys)
    read = Reader(ended.out)
    assert not read.open
    assert not read.tags & {"script", "link", "img", "iframe"}
    assert all(link.startswith("#") for link in read.links)
    assert any("<script>alert(1)<" in text for text in read.texts)
    assert all(any(criticism in text for text in read.texts) for criticism in BY_NAME)
    assert any("W2, W3 used in both directions" in text for text in read.texts)
    assert page(pl.audit("fa", name).audits).strip() == ended.out.strip()


def test_single_synapses_all_have_costs() -> None:
    for name in MODELS:
        found = costs(name)
        assert found.operations
        assert found.per_synapse
