"""The suite's networks keep the contract of networks, and what breaks it is named. Oracle: the promises as they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.contract import check, problem
from plausible.contract.check import kind_of
from plausible.contract.networks import PROMISES
from plausible.errors import BadInput
from plausible.registry import registry
from tests.own_network import own_network

NAMES = (
    "mlp",
    "rnn",
    "mlp[hidden=(),bias=False]",
    "mlp[hidden=(5,4),output=logistic]",
    "rnn[hidden=6,leak=0.3]",
)

GOOD = own_network("W1", "W2")
BREAKS = {  # what is changed in the good one, and what is said of it
    "unequal": ("@dataclass(frozen=True)\nclass Mine", "@dataclass(frozen=True, eq=False)\nclass Mine", "are not equal"),
    "settings that are no texts": ("return texts(self)", "return {'units': self.units}", "setting 'units' is 4: expected a text"),
    "other shapes": ("rng.normal(0, 0.5, shape)", "rng.normal(0, 0.5, shape[::-1])", "as shapes tells"),
    "another dtype": (".astype(self.dtype)", "", "is float64 in a float32 network"),
    "global noise": ("rng.normal(0, 0.5, shape)", "np.random.default_rng().normal(0, 0.5, shape)", "differs between two calls with one seed"),
    "inner of no weight": ("inner = HIDDEN", 'inner = (*HIDDEN, "W3")', "inner names W3"),
    "the answer first": ("[*activities, self.output.value(x @ params[LAST])]", "[self.output.value(x @ params[LAST]), *activities]", "the answer has 4 outputs, and not 3"),
    "no list": ("return [*activities, self.output.value(x @ params[LAST])]", "return self.output.value(x @ params[LAST])", "no list of arrays"),
    "one row": ("return [*activities, self", "return [x[:1], self", "activity 1 has shape (1, 4)"),
    "it writes": ("activities = []", "activities = []; x *= 2", "'x' changed during respond"),
    "on the host": ("np.sin(x @ params[name])", "np.sin(x @ params[name]) + np.zeros((len(x), 4), self.dtype)", "meets one of another library"),
    "another gradient": ("np.cos(x @ params[name])", "np.cos(x @ params[name]) ** 2", "is off minus the gradient by"),
    "a missing change": ("{LAST: Outer(below[-1], error, scale)}", "{}", "does not change 'W2'"),
    "a reference that is not there": (":Exact\"", ":Nobody\"", "cannot be computed in it"),
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.py"


@pytest.mark.parametrize("name", NAMES)
def test_the_suites_networks_keep_every_promise(name: str) -> None:
    assert kind_of(name) == "network"
    assert {finding.verdict for finding in check(name)} == {"kept"}


def test_a_network_of_ones_own_keeps_them_too(file: Path) -> None:
    file.write_text(GOOD)
    assert kind_of(f"{file}:Mine") == "network"
    assert kind_of(f"{file}:Exact") == "rule"
    assert {finding.verdict for finding in check(f"{file}:Mine[units=3]")} == {"kept"}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_named(name: str, file: Path) -> None:
    old, new, told = BREAKS[name]
    assert GOOD.count(old) == 1
    file.write_text(GOOD.replace(old, new))
    found = [problem(promise, f"{file}:Mine") for promise in PROMISES]
    assert any(told in words for words in found), found


MISSING = {
    "respond": ("    def respond(self, params, x):", "    def answers(self, params, x):", "respond"),
    "frozen": ("@dataclass(frozen=True)\nclass Mine", "@dataclass(unsafe_hash=True)\nclass Mine", "a frozen dataclass"),
    "dtype": ('"float32"', '"float16"', "dtype of what .* makes is 'float16': expected float32 or float64"),
    "output": ("output: Output = output(\"softmax\")", "output: str = 'softmax'", "an Output, such as output"),
    "settings": ("    def settings(self):", "    def told(self):", "settings"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_what_is_no_network_is_refused_in_one_line(name: str, file: Path) -> None:
    old, new, told = MISSING[name]
    assert old in GOOD
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(BadInput, match=told) as caught:
        registry.network(f"{file}:Mine")
    assert "\n" not in str(caught.value)
