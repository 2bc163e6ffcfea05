"""Rules and optimisers compute on arrays of another library; the stand-in for those refuses what such a library would.

Oracle: numpy, on which the stand-in computes, so that results agree to the last bit; and what CuPy's documentation says
that its arrays refuse: implicit conversion, operands and outputs of numpy's, and methods of universal functions.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from benchmarks.arrays import findings
from plausible.arrays import beside, is_array, is_foreign, library, on_host, protected
from plausible.contract.elsewhere import moved, native, rule_computes_on, shown_in
from plausible.contract.foreign import Foreign, Library, Refused
from plausible.contract.optimisers import optimiser_computes_on
from plausible.contract.promises import Broken, judged
from plausible.contract.rules import computes_on_foreign_arrays
from plausible.contract.world import case
from plausible.core import Outer, Presentation, Step
from plausible.networks.mlp import MLP
from plausible.networks.rnn import RNN
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.registry.signatures import declared
from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.rules.spiking.simulated import Simulated
from plausible.train import train

HOST = np.arange(6.0).reshape(2, 3)
REFUSED: dict[str, Callable[[Any], Any]] = {
    "becoming numpy's": np.asarray,
    "a list that becomes numpy's": lambda a: np.max([a, a], axis=0),
    "an operand of numpy's": lambda a: a + HOST,
    "numpy's on the left": lambda a: HOST @ a.T,
    "an index of numpy's": lambda a: a[HOST[:, 0] > 1],
    "numpy's among several": lambda a: np.concatenate([a, HOST]),
    "being written into numpy's": lambda a: np.exp(a, out=HOST.copy()),
    "numpy's into it": lambda a: a.__setitem__(slice(None), HOST),
    "a method of a ufunc": np.add.reduce,
    "where": lambda a: np.exp(a, where=a > 0),
}


@pytest.mark.parametrize("use", REFUSED.values(), ids=list(REFUSED))
def test_the_stand_in_refuses(use: Callable[[Any], Any]) -> None:
    with pytest.raises(Refused):
        use(Foreign(HOST.copy()))


def test_it_has_no_flag_to_protect_it_and_no_method_that_is_not_named() -> None:
    array = Foreign(HOST.copy())
    with pytest.raises(Refused, match="cannot be set"):
        array.flags.writeable = False
    with pytest.raises(AttributeError, match="byteswap"):
        array.byteswap()


COMPUTED: dict[str, Callable[[Any], Any]] = {
    "operators": lambda a: 2 * a - a / 3 + abs(-a) @ a.T.copy("F") @ a,
    "functions": lambda a: np.where(a > 2, np.tanh(a), np.zeros_like(a)),
    "several": lambda a: np.concatenate([a, a])[a.argsort(axis=1)[0]],
    "a number": lambda a: a.sum() * np.float64(2),
    "in place": lambda a: np.multiply(a, a, out=a),
}


@pytest.mark.parametrize("use", COMPUTED.values(), ids=list(COMPUTED))
def test_it_computes_what_numpy_computes(use: Callable[[Any], Any]) -> None:
    result = use(Foreign(HOST.copy()))
    assert isinstance(result, Foreign)
    np.testing.assert_array_equal(on_host(result), use(HOST.copy()))


def test_arrays_know_their_library_and_go_there_and_back() -> None:
    array = Foreign(HOST.copy())
    assert is_array(array)
    assert is_array(HOST)
    assert is_foreign(array)
    assert not is_foreign(HOST)
    assert not is_array([1.0])
    assert library(array) is Library
    assert beside(HOST, HOST) is HOST
    assert beside(array, HOST) is array
    assert on_host(HOST) is HOST
    assert isinstance(beside(HOST, array), Foreign)
    np.testing.assert_array_equal(on_host(beside(HOST, array)), HOST)


def test_numpy_views_are_protected_by_their_flag() -> None:
    with pytest.raises(ValueError, match="read-only"):
        protected(HOST)[:] = 0
    assert np.shares_memory(protected(HOST), HOST)


VARIANTS = (
    *("forward-forward[negatives=hard]", "forward-forward[answer=softmax]", "forward-forward[goodness=mean]"),
    *("dendritic-microcircuit[noise=0.1]", "dendritic-microcircuit[predicting=False]"),
    "predictive-coding[settling=euler(10,0.1,tolerance=1e-3)]",
    "predictive-coding[settling=euler(10,0.1,halving=True)]",
    "predictive-coding[settling=euler(10,0.1,momentum=0.5),form=post]",
    "fixed-random-sign-feedback",
    "equilibrium-propagation[nudging=random]",
    "weight-mirror[rate=0.2]",
)


@pytest.mark.parametrize("rule", VARIANTS)
def test_variants_of_rules_compute_on_it(rule: str) -> None:
    rule_computes_on(Library, rule)


SQUARE = {"gabor"}  # of images, as the few inputs here are none


def flipped() -> list[str]:
    """Every rule with every bool, and every other word of every Literal, one option at a time."""
    rules = []
    for rule in sorted(registry.registered("rule")):
        made: Any = registry.load("rule", rule)
        kinds = declared(made)
        for field in fields(made):
            kind = kinds[field.name]
            words = get_args(kind) if get_origin(kind) is Literal else (True, False) if kind is bool else ()
            rules += [
                f"{rule}[{field.name}={word}]" for word in words if word not in {field.default, *SQUARE}
            ]
    return rules


@pytest.mark.parametrize("rule", flipped())
def test_every_option_with_few_values_computes_on_it(rule: str) -> None:
    (finding,) = judged([computes_on_foreign_arrays], rule)
    spikes = issubclass(registry.load("rule", rule.partition("[")[0]), Simulated | DiehlCook)
    assert finding.verdict == ("not applicable" if spikes else "kept"), finding.words


@pytest.mark.parametrize("network", [RNN((7,), leak=0.3), RNN((7,), bias=False)], ids=repr)
@pytest.mark.parametrize("name", ["bptt", "rtrl", "random-feedback-bptt", "exact-lag-bptt"])
def test_leaky_networks_compute_on_it(name: str, network: RNN) -> None:
    it = case(name)
    rule: Any = replace(it.rule, network=network)  # type: ignore[type-var]
    params, state = rule.init(6, 3, np.random.default_rng(0))
    plain = rule.update(params, state, it.shown, np.random.default_rng(0))
    other = rule.update(moved(params, Library), None, shown_in(Library, it.shown), np.random.default_rng(0))
    for key, update in plain.updates.items():
        ours = other.updates[key]
        np.testing.assert_array_equal(on_host(dense(ours)), dense(update))


def dense(update: Any) -> Any:
    return update.dense() if isinstance(update, Outer) else update


def test_the_blocks_of_a_rule_are_beside_its_weights() -> None:
    rule_computes_on(Library, "blocked-backprop[blocks=(3,4,3,3)]")


@dataclass(frozen=True)
class Rude:
    """A rule that writes into a weight, or proposes arrays of numpy's."""

    writes: bool
    network: MLP = MLP((4,))

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[Any, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: Any, state: None, shown: Presentation, rng: np.random.Generator) -> Step:
        if self.writes:
            params["W1"][0] = 0
        return Step({"W1": np.zeros((6, 4), "float32")})

    def respond(self, params: Any, state: None, x: Any, rng: np.random.Generator) -> list[Any]:
        return self.network.forward(params, x).activities[1:]


@pytest.mark.parametrize(
    ("writes", "words"),
    [(True, "'W1' was written into"), (False, "'W1' and the weight are arrays of two libraries")],
)
def test_train_says_what_no_flag_prevents(writes: bool, words: str) -> None:
    rule, shown = Rude(writes), shown_in(Library, case("backprop").shown)
    params = moved(rule.init(6, 3, np.random.default_rng(0))[0], Library)
    with pytest.raises(ValueError, match=words):
        next(train(rule, SGD(), params, None, [shown], np.random.default_rng(0)))


BROKEN = {
    "np.asarray": "error = np.asarray(activities[-1]) - np.asarray(shown.y)",
    "np.zeros": "error = activities[-1] - shown.y + np.zeros((len(shown.x), 3), 'float32')",
    "out=": "error = np.subtract(activities[-1], shown.y, out=np.zeros((len(shown.x), 3), 'float32'))",
    "reduce": "error = activities[-1] - shown.y; error -= np.add.reduce(error) * 0",
    "a draw": "error = activities[-1] - shown.y + rng.normal(size=(len(shown.x), 3)).astype('float32')",
}
RULE = """
from dataclasses import dataclass
import numpy as np
from plausible.core import Outer, Step
from plausible.networks.mlp import MLP

@dataclass(frozen=True)
class Mine:
    network: MLP = MLP()

    def init(self, n_in, n_out, rng):
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        activities = self.network.forward(params, shown.x).activities
        ERROR
        return Step({"W3": Outer(activities[-2], error, -1 / len(error))})

    def respond(self, params, state, x, rng):
        return self.network.forward(params, x).activities[1:]
"""


@pytest.mark.parametrize("line", BROKEN.values(), ids=list(BROKEN))
def test_a_rule_that_computes_on_the_host_is_told(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rule.py"
    file.write_text(RULE.replace("ERROR", line))
    with pytest.raises(Broken, match=r"numpy"):
        rule_computes_on(Library, f"{file}:Mine")
    file.write_text(RULE.replace("ERROR", "error = activities[-1] - shown.y"))
    rule_computes_on(Library, f"{file}:Mine")


RARE = {
    "the sixth presentation": ("rng.normal() if state == 5 else 0.0", "(state or 0) + 1", "{}"),
    "a batch of one": ("rng.normal() if len(shown.x) == 1 else 0.0", "None", "{}"),
    "internals": ("0.0", "None", "{'B2': HOST}"),
    "a state later": ("0.0", "1 if state is None else HOST", "{}"),
}
SOUND = ("0.0", "None", "{'B2': params['W2']}")


@pytest.mark.parametrize("place", RARE.values(), ids=list(RARE))
def test_an_array_of_the_host_is_told_wherever_it_appears(
    tmp_path: Path, place: tuple[str, str, str]
) -> None:
    """At a later presentation only, for one example only, or in what probes read."""
    file = tmp_path / "rule.py"
    for given, refused in ((place, True), (SOUND, False)):
        extra, state, internals = (text.replace("HOST", "np.ones(3)") for text in given)
        error = f"error = activities[-1] - shown.y + ({extra.replace('rng.normal()', 'np.ones((1, 3))')})"
        changed = RULE.replace("ERROR", error).replace(
            "len(error))})", f"len(error))}}, {state}, {internals})"
        )
        file.write_text(changed)
        with pytest.raises(Broken, match="numpy") if refused else nullcontext():
            rule_computes_on(Library, f"{file}:Mine")


def test_a_simulation_is_named_with_the_reason() -> None:
    """The one registered rule that cannot be asked."""
    (finding,) = judged([computes_on_foreign_arrays], "diehl-cook")
    assert finding.verdict == "not applicable"
    assert "simulation" in finding.words


@pytest.mark.parametrize("optimiser", sorted(registry.registered("optimiser")))
def test_optimisers_compute_on_it_whatever_the_factors(optimiser: str) -> None:
    optimiser_computes_on(Library, optimiser)


def test_native_is_the_way_back() -> None:
    tree = {"a": (HOST, [HOST, 3.0, None])}
    back = native(moved(tree, Library))
    assert back["a"][1][1:] == [3.0, None]
    np.testing.assert_array_equal(back["a"][1][0], HOST)


def test_the_script_for_another_library_tells_of_rules_and_optimisers() -> None:
    """With the stand-in in the place of CuPy."""
    found = dict(findings(Library, ["fa", "diehl-cook"], ["adam"]))
    assert {name: finding.verdict for name, finding in found.items()} == {
        "fa": "kept",
        "diehl-cook": "not applicable",
        "adam": "kept",
    }
