"""Any network is learned where its rules say so, with activations, outputs and distributions of one's own.

Oracles: central differences of the loss; the score-function estimate of a linear layer's gradient; equal networks.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

import plausible
from plausible.contract.world import N_IN, N_OUT, examples
from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import BadInput
from plausible.networks.activations import Activation, tanh
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.network import Network, called, require_network, size
from plausible.networks.outputs import Output, output
from plausible.networks.rnn import RNN
from plausible.probes.differences import central_differences
from plausible.registry import networks, registry
from plausible.registry.encoding import decode, encode
from plausible.study.compare import Comparison
from plausible.study.course import execute, reference_of
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.tasks.streams import rewarding
from tests.oracles import propose

RESIDUAL = f"{Path(__file__).parents[2]}/docs/examples/residual.py:Residual"

MINE = """
from dataclasses import dataclass
import numpy as np
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.outputs import Output

GAIN = 1.0

def value(z, out=None):
    return GAIN * z / (1 + abs(z))

def slope(h, out=None):
    return GAIN * (1 - abs(h) / GAIN) ** 2

softsign = Activation("softsign", value, slope)

def same(z):
    return z

def loss(answer, y):
    return np.log(np.cosh(answer - y)).sum(axis=-1)

def error(answer, y):
    return np.tanh(answer - y)

log_cosh = Output("log-cosh", same, loss, error)

@dataclass(frozen=True)
class Sparse(Init):
    share: float = 0.5

    def draw(self, rng, fan_in, fan_out):
        return rng.normal(0, 1, (fan_in, fan_out)) * (rng.random((fan_in, fan_out)) < self.share)
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with an activation, an output and a distribution."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    return file


@dataclass(frozen=True)
class Perturbed:
    """Weight perturbation, a rule for any network: noise in every weight, times what it changed of the reward."""

    network: Network = MLP()
    sigma: float = 1e-3

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        noise = {name: rng.standard_normal(array.shape).astype(array.dtype) for name, array in params.items()}
        moved = {name: array + self.sigma * noise[name] for name, array in params.items()}
        rewards = (shown.reward(self.network.respond(views, shown.x)[-1]).sum() for views in (moved, params))
        gain = float(next(rewards) - next(rewards)) / (self.sigma * shown.x.shape[-2])
        return Step({name: gain * xi for name, xi in noise.items()})

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)


@dataclass(frozen=True)
class Either:
    """A rule whose annotation names two kinds."""

    network: MLP | RNN = MLP()


@dataclass(frozen=True)
class Unreadable:
    """A rule whose annotation cannot be read here: its default tells."""

    network: Missing = RNN()  # type: ignore[name-defined]  # noqa: F821


def residual(options: str = "") -> Any:
    return registry.network(f"{RESIDUAL}{options}")


def test_a_rule_says_by_annotation_which_networks_it_learns() -> None:
    backprop, bptt = registry.load("rule", "backprop"), registry.load("rule", "bptt")
    table = {
        cls: [networks.learns(cls, network) for network in (MLP(), RNN(), residual())]
        for cls in (backprop, bptt, Perturbed, Either, Unreadable)
    }
    assert table == {
        backprop: [True, False, False],
        bptt: [False, True, False],
        Perturbed: [True, True, True],
        Either: [True, True, False],
        Unreadable: [False, True, False],
    }
    with pytest.raises(
        BadInput, match="rule 'backprop' learns networks of kind events, mlp or mupc, not Residual"
    ) as caught:
        registry.rule("backprop", residual())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["mlp[hidden=3]", "rnn[hidden=3]", f"{RESIDUAL}[width=3,blocks=1]"])
def test_a_rule_for_any_network_follows_the_gradient_of_the_reward_in_each(text: str) -> None:
    """E[ξ (∇r · ξ)] = ∇r: over n draws each entry's mean has a standard error; of these few, none is off by 5."""
    network = replace(registry.network(text), output=output("linear"), dtype="float64")  # type: ignore[type-var]
    rng = np.random.default_rng(0)
    params, _ = Perturbed(network).init(2, 1, rng)
    split = examples(4, "float64", network.sequential)
    x, y = split.x[..., :2], split.y[..., :1]
    shown = Presentation(x, y, rewarding("values", y, None))
    draws = [Perturbed(network).update(params, None, shown, rng).updates for _ in range(3000)]
    gradient = central_differences(
        lambda moved: float(shown.reward(network.respond(moved, x)[-1]).sum()) / x.shape[-2], params
    )
    for name, slope in gradient.items():
        found = np.array([draw[name] for draw in draws])
        assert (abs(found.mean(axis=0) - slope) < 5 * found.std(axis=0) / len(found) ** 0.5).all(), name
    largest = max(float(abs(slope).max()) for slope in gradient.values())
    assert largest > 0.1  # so that a change of no direction would not do


@pytest.mark.parametrize(
    "network", [MLP((4, 3)), MLP(()), MLP((5,), bias=False), RNN((4,)), RNN((3,), bias=False)]
)
def test_shapes_are_known_before_weights_are_drawn(network: Any) -> None:
    params = network.start(6, 2, np.random.default_rng(0))
    assert {name: array.shape for name, array in params.items()} == dict(network.shapes(6, 2))
    assert size(network, 6, 2) == sum(array.size for array in params.values())
    assert [*params] == [*network.shapes(6, 2)]


@pytest.mark.parametrize("network", [MLP((4, 3), dtype="float64"), RNN((4,), dtype="float64")])
def test_respond_is_what_its_reference_answers(network: Any) -> None:
    rule: Any = registry.rule(network.reference, network)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    x = examples(4, "float64", network.sequential).x
    ours, theirs = network.respond(params, x), rule.respond(params, state, x, np.random.default_rng(0))
    assert len(ours) == len(theirs) == network.depth
    assert all(map(np.array_equal, ours, theirs))


def test_a_network_says_its_gradient_and_a_rule_may_say_another() -> None:
    names = [reference_of(registry.rule(name, MLP())) for name in ("fa", "equilibrium-propagation")]
    assert [name.partition("[")[0] for name in names] == ["backprop", "equilibrium-gradient"]
    assert reference_of(Perturbed(RNN())) == "bptt"
    assert reference_of(Perturbed(residual())).endswith("residual.py:ResidualBackprop")
    assert reference_of(object()) == ""


def test_what_is_shown_and_what_is_learned_are_of_one_kind() -> None:
    for task, network, told in (
        ("xor", "rnn", "single examples"),
        ("add", "mlp", "sequences"),
        ("add", RESIDUAL, "sequences"),
    ):
        with pytest.raises(BadInput, match=f"shows {told} and the network is .*: expected one for {told}"):
            Comparison(task=task, network=network, rules=("backprop",)).entries  # noqa: B018


def test_the_names_of_the_package_are_found() -> None:
    found = [getattr(plausible, name) for name in plausible.__all__]
    assert None not in found
    assert plausible.MLP is MLP


def test_what_is_no_network_is_refused() -> None:
    for given in (None, 3, MLP, tanh):
        with pytest.raises(
            BadInput, match=r"network is .*: expected a network, such as MLP\(...\) or RNN\(...\)"
        ):
            require_network("network", given)
    with pytest.raises(BadInput, match="which has no sequential and no respond"):
        require_network("network", Lacking())


@dataclass(frozen=True)
class Lacking:
    """A network that lacks two members."""

    output: Output = output("softmax")
    dtype: str = "float32"

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        return {}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        return {}

    def settings(self) -> dict[str, str]:
        return {}


def test_a_network_is_called_by_what_it_does_not_share_with_others() -> None:
    assert called(MLP()) == "MLP"
    assert called(RNN((4,), leak=0.5)) == "RNN[hidden=4,leak=0.5]"
    assert called(MLP((), init=Uniform(np.float64(0.5)))) == "MLP[hidden=none,init=Uniform(limit=0.5)]"


def test_the_recipe_gives_what_brackets_and_options_do_not_name() -> None:
    given: Any = {"task": "add", "rules": ("bptt",), "seeds": 1, "epochs": 1}
    (usual,) = Comparison(**given).runs()
    (told,) = Comparison(**given, network="rnn[leak=0.25]", activation="relu").runs()
    (apart,) = Comparison(**given, network="rnn[output=softmax[reduction=sum]]", hidden=(7,)).runs()
    recipe: Any = usual.network
    assert told.network == replace(recipe, leak=0.25, activation=registry.activation("relu"))
    assert apart.network == replace(recipe, output=output("softmax", "sum"), hidden=(7,))
    mean = registry.network("mlp[output=linear[reduction=mean-elements]]")
    assert mean.output == output("linear", "mean-elements")
    assert registry.network("mlp[hidden=9]") == registry.network("mlp[hidden=(9,)]") == MLP((9,))


BAD = {
    "named twice": ({"network": "mlp[hidden=5]", "hidden": (6,)}, "hidden of network .*: expected it once"),
    "no such field": ({"network": RESIDUAL, "hidden": (6,)}, "--hidden is .*has no field of this name and kind"),
    "unknown": ({"network": "mpl"}, "unknown network 'mpl': did you mean 'mlp'"),
    "no such option": ({"network": "mlp[leak=0.5]"}, "unknown option 'leak' of network 'mlp'"),
    "a rule": ({"network": "backprop"}, "unknown network 'backprop'"),
    "no word": ({"network": 3}, "network is 3: expected a network, such as MLP"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_network_that_cannot_be_is_refused_in_one_line(name: str) -> None:
    given, told = BAD[name]
    with pytest.raises(BadInput, match=told) as caught:
        Comparison(task="xor", rules=("backprop",), **given).entries  # type: ignore[arg-type]  # noqa: B018
    assert "\n" not in str(caught.value)


def own(file: Path) -> MLP:
    parts = f"activation={file}:softsign,output={file}:log_cosh[reduction=sum],init={file}:Sparse[share=0.75]"
    network: Any = registry.network(f"mlp[hidden=4,dtype=float64,{parts}]")
    return network


def test_activation_output_and_distribution_may_be_ones_own(mine: Path) -> None:
    """Backprop in a network of all three is the gradient of that loss; it is stored, copied and told in tables."""
    network = own(mine)
    assert isinstance(network.activation, Activation)
    assert isinstance(network.init, Init)
    params, _ = registry.rule("backprop", network).init(3, 2, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    changes = propose(
        registry.rule("backprop", network), params, Presentation(x, y, rewarding("values", y, None))
    )
    gradient = central_differences(lambda moved: network.loss(moved, x, y), params)
    for name, slope in gradient.items():
        assert np.linalg.norm(changes[name] + slope) < 1e-7 * np.linalg.norm(slope), name
    assert decode(encode(network), Network, execute=True) == network
    assert copy.deepcopy(network) == network
    assert pickle.loads(pickle.dumps(network)) == network
    settings = network.settings()
    assert (settings["activation"], settings["output"], settings["init"]) == (
        "softsign",
        "log-cosh[sum]",
        "Sparse(share=0.75)",
    )


def test_those_of_the_suite_are_copied_as_themselves() -> None:
    network = MLP((2,), registry.activation("relu"), output("logistic", "sum"))
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert twin == network
        assert twin.activation is network.activation


def test_a_file_of_an_own_activation_is_part_of_the_key(mine: Path) -> None:
    """Another gain of the activation is another network, though nothing in its name tells."""
    first = key(Run("xor", "backprop", own(mine)))
    again = key(Run("xor", "backprop", own(mine)))
    assert first.name == again.name
    mine.write_text(MINE.replace("GAIN = 1.0", "GAIN = 2.0"))
    changed = key(Run("xor", "backprop", own(mine)))
    assert changed.name != first.name


def test_a_run_of_an_own_network_repeats_itself(mine: Path) -> None:
    network = replace(own(mine), output=output("logistic"), dtype="float32")
    run = Run("xor", "backprop", network, epochs=2, batch_size=4)
    first, second = execute(run), execute(run)
    assert first.status == second.status == "done"
    assert [row[7:] for row in first.rows if row.metric == "loss"] == [
        row[7:] for row in second.rows if row.metric == "loss"
    ]
