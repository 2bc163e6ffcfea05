"""Every registered rule keeps every promise of the contract, and a rule that breaks one is told which.

Oracle: the `Rule` protocol of plausible.core. Each broken rule below breaks one promise on purpose, so a promise that
could not fail would show here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plausible import contract
from plausible.errors import BadInput
from plausible.registry import registry
from plausible.spiking.compiled import compiler

RULES = sorted(registry.registered("rule"))
COMPILED = {"diehl-cook"}  # without a compiler they would take hours
# Their programs are compiled once more for the network in which they learn.
SLOWLY = {
    *("event-driven-feedback", "kinase", "mstdpet", "reward-stdp", "urbanczik-senn"),
    *("first-spike-stdp", "first-spike-reward-stdp"),
}
KEPT = [(promise, rule) for promise in contract.PROMISES for rule in RULES]


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(SLOWLY))
def test_a_spiking_rule_learns_an_easy_task(rule: str) -> None:
    assert contract.problem(contract.rules.learns, rule) == ""


@pytest.mark.parametrize(
    ("promise", "rule"),
    [pair for pair in KEPT if pair[0].__name__ != "learns" or pair[1] not in SLOWLY],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_registered_rule_keeps_every_promise(promise: Callable[[str], None], rule: str) -> None:
    if rule in COMPILED and compiler() is None:
        pytest.skip("there is no C++ compiler")
    assert contract.problem(promise, rule) == ""


SOUND = """
from dataclasses import dataclass, field

import numpy as np

from plausible.core import Outer, Step
from plausible.networks.mlp import MLP

LAST = np.zeros(1)


@dataclass(frozen=True)
class Broken:
    network: MLP = MLP()

    def init(self, n_in, n_out, rng):
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        activities = self.network.forward(params, shown.x).activities
        error = activities[-1] - shown.y
        return Step({"W3": Outer(activities[-2], error, -1 / len(error))})

    def respond(self, params, state, x, rng):
        return self.network.forward(params, x).activities[1:]
"""

BREAKAGES = {
    "no change": ("", "", ""),
    "no dataclass": ("@dataclass(frozen=True)\nclass", "class", "dataclass"),
    "not frozen": ("frozen=True", "frozen=False, unsafe_hash=True", "not frozen"),
    "an array as a field": ("    network: MLP = MLP()", "    network: MLP = MLP()\n    a: object = field(default_factory=lambda: LAST)", "holds an array"),
    "its own randomness": ("start(n_in, n_out, rng)", "start(n_in, n_out, np.random.default_rng())", "one seed"),
    "other draws first": ("        return self.network.start", "        rng.random()\n        return self.network.start", "call that first"),
    "an unknown weight": ('"W3"', '"W9"', "'W9'"),
    "a wrong shape": ("activities[-2]", "activities[-3]", "has shape (7, 3)"),
    "no update": ('{"W3": Outer(activities[-2], error, -1 / len(error))}', "{}", "no change at all"),
    "no step": ("Step({", "dict({", "expected a plausible.core.Step"),
    "a dtype promoted": ("activities[-1] - shown.y", "activities[-1] - np.float64(1) * shown.y", "float64"),
    "infinite": ("-1 / len(error)", "-1 / len(error)) if len(error) > 5 else Outer(activities[-2] * np.inf, error", "finite"),
    "writing into weights": ("        error =", '        params["W3"][:] = 0\n        error =', "writes into"),
    "writing into the input": ("        error =", "        shown.x[:] = 0\n        error =", "writes into"),
    "hidden state": ("        error =", "        LAST[0] += 1\n        activities[-1] += LAST[0]\n        error =", "one seed"),
    "a sum over the batch": ("-1 / len(error)", "-1.0", "2 times as large"),
    "one batch size only": ("        error =", "        assert len(shown.x) == 5\n        error =", "AssertionError"),
    "no list": ("activities[1:]\n", "activities[-1]\n", "expected a list"),
    "a hidden layer as the answer": ("activities[1:]\n", "activities[1:-1]\n", "expected (5, 3)"),
    "provenance lost": ("activities[-1] - shown.y", "np.array(activities[-1] - shown.y)", "provenance"),
    "work that is not counted": ("    network:", "    work = ('spikes',)\n    network:", "'spikes'"),
    "a wrong sign": ("-1 / len(error)", "1 / len(error)", "sign wrong"),
    "an array inside a field": ("    network: MLP = MLP()", "    network: MLP = MLP()\n    a: object = field(default_factory=lambda: ({'b': LAST},))", "'a' holds an array"),
    "a state of its own randomness": ("rng), None", "rng), {'h': np.random.default_rng().random(2)}", "the state differs"),
    "no weights": ("return self.network.start(n_in, n_out, rng), None", "return {}, None", "no weights"),
    "weights in one memory": ("return self.network.start(n_in, n_out, rng), None", "p = self.network.start(n_in, n_out, rng); return p | {'B3': p['W3'].T}, None", "'W3' and 'B3' lie in one memory"),
    "a state in a weight": ("return self.network.start(n_in, n_out, rng), None", "p = self.network.start(n_in, n_out, rng); return p, {'old': [p['W3']]}", "state['old'][0] lies in 'W3'"),
    "a next state in a weight": ("-1 / len(error))})", "-1 / len(error))}, params['W3'])", "the next state lies in 'W3'"),
    "an update in a weight": ('{"W3": Outer(activities[-2], error, -1 / len(error))}', '{"W3": params["W3"]}', "in the memory of weight 'W3'"),
    "writing into the state": ("        error =", "        (LAST if state is None else state)[:] += 1\n        error =", "the state changed", ("rng), None", "rng), np.zeros(2)")),
    "a state that does not repeat": ("-1 / len(error))})", "-1 / len(error))}, np.random.default_rng().random(2))", "the states of two calls"),
    "a shape that changes later": ("        return Step({", "        error = error[:1] if state else error\n        activities[-2] = activities[-2][:, :1] if state else activities[-2]\n        return Step(state=1, updates={", "at presentation 2: update for 'W3'"),
    "a name that changes later": ("        return Step({\"W3\"", "        return Step(state=1, updates={'W9' if state else 'W3'", "at presentation 2: update for 'W9'"),
    "not finite later": ("        error =", "        activities[-2] = activities[-2] * (np.inf if state else 1)\n        error =", "at presentation 2: the update of 'W3' is not finite", ("-1 / len(error))})", "-1 / len(error))}, 1)")),
    "another answer later": ("activities[1:]\n", "activities[1:] if state is None else [x[:, :2]]\n", "then the answer has shape", ("-1 / len(error))})", "-1 / len(error))}, 1)")),
    "activities as lists": ("activities[1:]\n", "activities[1:-1] + [[0.0] * 3] * len(x)\n", "activity 3 is of kind list"),
    "no activity": ("activities[1:]\n", "activities[1:] * 0\n", "expected a list of arrays"),
    "nothing": ("return self.network.forward(params, x).activities[1:]", "self.network.forward(params, x)", "respond returned NoneType"),
    "a tuple of activities": ("self.network.forward(params, x).activities[1:]", "tuple(self.network.forward(params, x).activities[1:])", "respond returned tuple"),
    "a hidden activity of another dtype": ("activities[1:]\n", "activities[1:2] + [np.float64(1) * a for a in self.network.forward(params, x).activities[2:3]] + self.network.forward(params, x).activities[3:]\n", "activity 2 is float64"),
    "one example without its axis": ("self.network.forward(params, x).activities[1:]", "[a if len(a) > 1 else a[0] for a in self.network.forward(params, x).activities[1:]]", "the answer to 1 example has shape (3,)"),
    "an answer that is not finite": ("self.network.forward(params, x).activities[1:]", "[a * np.inf for a in self.network.forward(params, x).activities[1:]]", "activity 1 is not finite"),
    "an update for one batch only": ('{"W3": Outer(activities[-2], error, -1 / len(error))}', '{"W3" if len(x) == 5 else "W2": Outer(activities[-2 if len(x) == 5 else -3], error if len(x) == 5 else x[:, :4] * 0, -1 / len(error))}', "other weights change where a batch", ("        error =", "        x = shown.x\n        error =")),
    "a reference that is none": ("    def init", "    reference = 'back-prop'\n\n    def init", "did you mean 'backprop'"),
    "a reference of another network": ("    def init", "    reference = 'bptt'\n\n    def init", "'bptt' cannot be computed in its weights"),
    "a reference for other weights": ("    def init", "    reference = 'delta-rule'\n\n    def init", "'delta-rule' "),
    "a criticism that there is not": ("    def init", "    answers = ('weight transports',)\n\n    def init", "did you mean 'weight transport'"),
    "criticisms that are a text": ("    def init", "    answers = 'weight transport'\n\n    def init", "expected a tuple"),
    "a search of no field": ("    def init", "    search = {'rate': 1}\n\n    def init", "'rate' is no field"),
    "leaving": ("        error =", "        raise SystemExit(0)\n        error =", "it ends the program, which it has no right to: SystemExit: 0 ("),
    "an error on the host": ("activities[-1] - shown.y", "np.subtract(activities[-1], shown.y, out=np.zeros((len(shown.x), 3), 'float32'))", "meets one of another library"),
    "an exception": ("        error =", "        raise RuntimeError('no idea')\n        error =", "RuntimeError: no idea"),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_is_named(tmp_path: Path, breakage: tuple[Any, ...]) -> None:
    old, new, expected, *more = breakage
    text = SOUND
    for before, after in ((old, new), *more):
        assert before in text
        text = text.replace(before, after, 1) if before else text
    file = tmp_path / "rule.py"
    file.write_text(text)
    try:
        problems = [finding.problem for finding in contract.check(f"{file}:Broken") if finding.problem]
    except BadInput as error:
        problems = [str(error)]
    if not expected:
        assert problems == []
    else:
        assert any(expected in problem for problem in problems), problems
        assert all("\n" not in problem for problem in problems)


def test_what_is_raised_is_told_once_with_its_place(tmp_path: Path) -> None:
    """Every other promise that it hits is not judged; those that it does not hit are."""
    file = tmp_path / "rule.py"
    text = SOUND.replace("        error =", "        raise KeyError('W7')\n        error =")
    file.write_text(text)
    findings = contract.check(f"{file}:Broken")
    line = text.splitlines().index("        raise KeyError('W7')") + 1
    (problem,) = [finding.problem for finding in findings if finding.verdict == "broken"]
    assert problem == f"it raises KeyError: 'W7' ({file}:{line})"
    kept = {finding.promise for finding in findings if finding.verdict == "kept"}
    assert any("activities by layer" in promise for promise in kept)
    unjudged = [finding for finding in findings if finding.verdict == "not judged"]
    assert len(unjudged) >= 8
    assert all("KeyError" not in finding.words for finding in unjudged)


def test_what_our_own_calls_raise_is_not_placed_in_our_code(tmp_path: Path) -> None:
    """A method of other arguments, or none: told once each, without a line of ours."""
    file = tmp_path / "rule.py"
    file.write_text(SOUND.replace("shown, rng)", "shown)").replace("def respond", "def answer"))
    findings = contract.check(f"{file}:Broken")
    problems = [finding.problem for finding in findings if finding.verdict == "broken"]
    assert problems == [
        (
            "calling it, or using what it returns, raises TypeError: Broken.update() takes 4 positional arguments but 5 were "
            "given"
        ),
        "calling it, or using what it returns, raises AttributeError: 'Broken' object has no attribute 'respond'",
    ]


def verdicts(text: str) -> dict[str, str]:
    """What is found of each promise, by name."""
    return {p.__name__: f.verdict for p, f in zip(contract.PROMISES, contract.check(text), strict=True)}


def test_no_promise_is_kept_by_a_rule_that_it_cannot_be_asked_of() -> None:
    """Windows of rules for single examples, the mean of those that draw noise, the gradient of those that have none, criticisms."""
    single, count, search, first, names_none = (
        *(
            "goes_on_with_windows",
            "counts_its_work",
            "searches_its_own_fields",
            "draws_forward_weights_first",
        ),
        "answers_criticisms_by_name",
    )
    expected = {
        "fa": {single, count},
        "bptt": {search, names_none, count},
        "weight-mirror": {"averages_over_the_batch", single, count},
        "vector-backprop": {search, names_none, first, single, count},
        "delta-rule": {search, names_none, first, single, count},
        "forward-forward": {
            "averages_over_the_batch",
            first,
            single,
            count,
            "has_the_gradient_that_it_names",
        },
    }
    for rule, names in expected.items():
        unasked = {name for name, verdict in verdicts(rule).items() if verdict == "not applicable"}
        assert unasked == names | {"spikes_but_not_all_the_time", "unsupervised_is_deaf_to_labels"}, rule


def test_a_rule_that_proposes_zeros_keeps_no_mean(tmp_path: Path) -> None:
    file = tmp_path / "rule.py"
    file.write_text(SOUND.replace("-1 / len(error)", "0.0"))
    assert verdicts(f"{file}:Broken")["averages_over_the_batch"] == "not applicable"
