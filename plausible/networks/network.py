"""What a network is to the suite: a small protocol, which an `MLP`, an `RNN` and a class of one's own satisfy alike."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from math import prod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import BadInput, in_one_line, require
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.outputs import Output


@runtime_checkable
class Network(Protocol):
    """A network that rules learn: a frozen dataclass of its settings, which holds no weights.

    A rule says in the annotation of its field `network` which class it learns; `network: Network` takes any. Weights
    may have any names, and biases `b` or `b` and a number: probes compare the changes of all others. Where feedback
    weights are named as in `plausible.networks.mlp`, so are the weights that they stand for: those of layer l, `Wl`.

    Optional class attributes: `reference`, the rule whose changes are the gradient in this network, by its name or
    FILE.py:Name, or "" for none, so that no angle to a gradient is measured; `inner`, the names of the weights below
    the read-out, whose angles stand in tables and figures: those of `W1` where it is not given, or (). A single layer
    without hidden units:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from plausible.networks.network import Network, texts
    >>> from plausible.networks.outputs import Output, output
    >>> @dataclass(frozen=True)
    ... class Single:
    ...     output: Output = output("softmax")
    ...     dtype: str = "float32"
    ...     sequential = False
    ...
    ...     def shapes(self, n_in, n_out):
    ...         return {"W1": (n_in, n_out)}
    ...
    ...     def start(self, n_in, n_out, rng):
    ...         return {"W1": rng.normal(0, 0.1, (n_in, n_out)).astype(self.dtype)}
    ...
    ...     def respond(self, params, x):
    ...         return [self.output.value(x @ params["W1"])]
    ...
    ...     def settings(self):
    ...         return texts(self)
    >>> network = Single()
    >>> isinstance(network, Network), network.settings()
    (True, {'output': 'softmax', 'dtype': 'float32'})
    >>> params = network.start(4, 3, np.random.default_rng(0))
    >>> network.respond(params, np.ones((2, 4), "float32"))[-1].shape
    (2, 3)
    """

    @property
    def output(self) -> Output:
        """The last layer's activation, its loss, and the reduction over examples."""
        ...

    @property
    def dtype(self) -> str:
        """Of weights and of activity: "float32" or "float64". Examples are cast to it."""
        ...

    @property
    def sequential(self) -> bool:
        """Whether it is shown sequences, x (time, batch, n_in), or single examples, x (batch, n_in)."""
        ...

    def shapes(self, n_in: int, n_out: int) -> Mapping[str, tuple[int, ...]]:
        """The shape of every weight that `start` draws, by name; known before anything is drawn."""
        ...

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights, drawn from `rng` alone. Raises `BadInput` if it cannot have so many inputs or outputs."""
        ...

    def respond(self, params: View, x: Array) -> list[Array]:
        """Activity by layer, each ([time,] batch, units), the answer ([time,] batch, n_out) last."""
        ...

    def settings(self) -> Mapping[str, str]:
        """What distinguishes it from others of its class, as texts by name: columns of the tables."""
        ...


BIAS = re.compile(r"b\d*")
LAYERED = re.compile(r"[WRb](\d*)")  # forward and recurrent weights, and biases, of the layer of that number
MEMBERS = ("output", "dtype", "sequential", "shapes", "start", "respond", "settings")


def require_network(what: str, given: object) -> None:
    """Raise `BadInput` unless `given` is a network, an instance, and can be stored with its settings."""
    expected = "a network, such as MLP(...) or RNN(...)"
    missing = [name for name in MEMBERS if not hasattr(given, name)]
    require(not isinstance(given, type), what, given, f"{expected}, an instance and no class")
    require(len(missing) < len(MEMBERS), what, given, expected)
    if missing:
        raise BadInput(
            f"{what} is {in_one_line(given)}, which has no {' and no '.join(missing)}: expected what "
            "plausible.networks.network.Network promises"
        )
    frozen: Any = getattr(type(given), "__dataclass_params__", None)
    require(frozen is not None and frozen.frozen, what, given, "a frozen dataclass, @dataclass(frozen=True)")
    dtype = getattr(given, "dtype", None)
    require(dtype in ("float32", "float64"), f"dtype of {what}", dtype, "float32 or float64")
    output = getattr(given, "output", None)
    require(isinstance(output, Output), f"output of {what}", output, "an Output, such as output('softmax')")


def size(network: Network, n_in: int, n_out: int) -> int:
    """How many weights a network has, all of them together."""
    return sum(map(prod, network.shapes(n_in, n_out).values()))


def reference_in(network: object) -> str:
    """The rule, with its options, whose changes are the gradient in a network; "" if none is known."""
    name: str = getattr(network, "reference", "")
    return name


def inner(network: object) -> tuple[str, ...]:
    """The names of the weights below the read-out of a network, if it tells them."""
    names: tuple[str, ...] = getattr(network, "inner", ())
    return names


def is_bias(name: str) -> bool:
    """Whether weights of this name are biases, as the protocol has it: `b`, or `b` and a number."""
    return BIAS.fullmatch(name) is not None


def beside(name: str, params: View) -> list[str]:
    """The names of all weights that come into the same units as those called `name`, itself among them.

    W_l, R_l and b_l come into layer l; weights of any other name are taken to have units of their own.

    >>> import numpy as np
    >>> from plausible.networks.network import beside
    >>> params = dict.fromkeys(["W1", "R1", "W2", "b1", "b2", "gain"], np.ones(2))
    >>> beside("R1", params), beside("gain", params)
    (['W1', 'R1', 'b1'], ['gain'])
    """
    mine = LAYERED.fullmatch(name)
    if mine is None:
        return [name]
    there = {other: LAYERED.fullmatch(other) for other in params}
    return [other for other, its in there.items() if its is not None and its[1] == mine[1]]


def called(network: Any) -> str:
    """A network's class, with the settings that are not its defaults.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.networks.network import called
    >>> called(MLP((64, 32), bias=False))
    'MLP[hidden=64-32,bias=False]'
    """
    defaults = {field.name: field.default for field in dataclasses.fields(network)}
    told = [
        f"{name}={text(value)}"
        for name, value in ((name, getattr(network, name)) for name in defaults)
        if value != defaults[name]
    ]
    return type(network).__name__ + (f"[{','.join(told)}]" if told else "")


def texts(network: Any) -> dict[str, str]:
    """The fields of a network as texts by name: layers as "128-64", no layer as "none", all else as it prints.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.networks.network import texts
    >>> texts(MLP((64, 32)))["hidden"], texts(MLP(()))["hidden"]
    ('64-32', 'none')
    """
    return {field.name: text(getattr(network, field.name)) for field in dataclasses.fields(network)}


def text(value: object) -> str:
    """The value of a setting, as it stands in tables."""
    if isinstance(value, tuple):
        return "-".join(map(text, value)) or "none"
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str) else repr(value)


KINDS: Mapping[type, str] = {
    Activation: "an Activation, such as plausible.networks.activations.tanh",
    Output: "an Output, such as plausible.networks.outputs.output('softmax')",
    Init: "an Init, such as plausible.networks.inits.Uniform()",
}


def check_kinds(network: Any, **kinds: type) -> None:
    """Raise `BadInput` unless fields are of their kinds, ours or one of one's own."""
    for name, kind in kinds.items():
        value = getattr(network, name)
        require(isinstance(value, kind), name, value, f"{KINDS[kind]}, or one of your own")
    require(network.dtype in ("float32", "float64"), "dtype", network.dtype, "float32 or float64")


def check_outputs(network: Network, n_out: int) -> None:
    """Raise `BadInput` for a softmax of a single output, which is always 1."""
    several = n_out > 1 or network.output.name != "softmax"
    require(several, "the number of outputs", n_out, "two or more for softmax")
