"""Values are read as the kind that their receiver declares, and what is written is read as the same again.

Oracle: the grammar in `plausible.registry.specs` and `plausible.registry.values`, and the values themselves.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal, Protocol

import numpy as np
import pytest

from plausible.core import Optimiser
from plausible.errors import BadInput
from plausible.networks.activations import Activation, relu, tanh
from plausible.networks.inits import Gaussian, Glorot, HalfGlorot, HeUniform, Init, Orthogonal, Uniform, Zero
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.outputs import Output, output
from plausible.networks.rnn import RNN
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Levels, Rate, Schedule, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from plausible.probes.alignment import Alignment
from plausible.probes.criterion import Criterion, Within
from plausible.probes.probe import Probe
from plausible.registry import specs
from plausible.registry.values import called, read
from plausible.registry.written import written
from plausible.settling.relaxation import Relaxation


@dataclass(frozen=True)
class Setting:
    """A dataclass of a user's own."""

    strength: float = 1.0
    how: str = "so"


class Colour(enum.Enum):
    """Some words."""

    RED = 1


class Unmet(Protocol):
    """A protocol of a user's own."""

    def met(self) -> bool: ...


READ: list[tuple[str, Any, Any]] = [  # a text, the kind that is declared, the value
    ("uniform", str, "uniform"),
    ("uniform", Init, Uniform()),
    ("uniform", Any, Uniform()),
    ("uniform", str | None, "uniform"),
    ("uniform", str | Init, "uniform"),
    ("uniform(0.5)", str | Init, Uniform(0.5)),
    ("uniform[limit=0.5]", Init, Uniform(0.5)),
    ("glorot(normal)", Init, Glorot("normal")),
    ("glorot[shape=normal]", Init, Glorot("normal")),
    ("half-glorot", Init, HalfGlorot()),
    ("he-uniform", Init, HeUniform()),
    ("euler(20, 0.1)", str, "euler(20, 0.1)"),
    ("1", str, "1"),
    ("True", str, "True"),
    ("None", str, "None"),
    ("'a,b]'", str, "a,b]"),
    ('"it\'s"', str, "it's"),
    (r"'\'\\'", str, "'\\"),
    ("'3'", str | int, "3"),
    ("'sgd[rate=1]'", str | Optimiser, "sgd[rate=1]"),
    ("sgd[rate=1]", str | Optimiser, SGD(1.0)),
    ("3", str | int, 3),
    ("'None'", str | None, "None"),
    ("None", str | None, None),
    ("1", float, 1.0),
    ("1e-3", float, 0.001),
    ("-2", int, -2),
    ("7", int | None, 7),
    ("None", int | None, None),
    ("true", bool, True),
    ("False", bool, False),
    ("true", bool | str, True),
    ("normal", Literal["uniform", "normal"], "normal"),
    ("2", Literal[1, 2], 2),
    ("(1,2)", tuple[int, ...], (1, 2)),
    ("[1, 2]", tuple[int, ...], (1, 2)),
    ("(3,)", tuple[int, ...], (3,)),
    ("(3)", tuple[int, ...], (3,)),
    ("3", tuple[int, ...], (3,)),
    ("()", tuple[int, ...], ()),
    ("(1, a)", tuple[float, str], (1.0, "a")),
    ("(1, a)", tuple, (1, "a")),
    ("[a, 'b,c']", list[str], ["a", "b,c"]),
    ("(1, 2)", Sequence[int], (1, 2)),
    ("RED", Colour, Colour.RED),
    ("~/x", Path, Path("~/x").expanduser()),
    ("sgd", Optimiser, SGD()),
    ("adam[rate=0.001]", Optimiser, Adam(0.001)),
    ("'adam[rate=0.001]'", Optimiser, Adam(0.001)),
    ("decay[inner=adam[rate=0.001],rate=1e-4]", Optimiser, Decay(Adam(0.001), 1e-4)),
    ("clipped[inner=decay[inner=sgd[rate=1]],norm=2]", Optimiser, Clipped(Decay(SGD(1.0)), 2.0)),
    (
        "grouped[groups=((b*,sgd[rate=0.01]),(W1,adam)),default=sgd[rate=0.1]]",
        Optimiser,
        Grouped((("b*", SGD(0.01)), ("W1", Adam())), SGD(0.1)),
    ),
    ("decay[names=(W*,'b[12]')]", Optimiser, Decay(names=("W*", "b[12]"))),
    ("decay[names=W1]", Optimiser, Decay(names=("W1",))),
    ("cosine[start=0.1,steps=100]", Rate, Cosine(0.1, 100)),
    ("cosine(0.1, 100, end=0.01)", Schedule, Cosine(0.1, 100, 0.01)),
    ("0.1", Rate, 0.1),
    ("sgd[rate=cosine[start=0.1,steps=100]]", Optimiser, SGD(Cosine(0.1, 100))),
    ("adam[rate=steps[start=0.1,at=(5,9)]]", Optimiser, Adam(Steps(0.1, (5, 9)))),
    ("relu", Activation, relu),
    ("relu", str, "relu"),
    ("linear", Output, output("linear")),
    ("linear[reduction=sum]", Output, output("linear", "sum")),
    ("linear[sum]", Output, output("linear", "sum")),
    ("euler(20, 0.1)", Relaxation, Relaxation(20, 0.1)),
    ("euler(100, 0.7, tolerance=0.01)", Relaxation, Relaxation(100, 0.7, 0.01)),
    ("euler[steps=20,halving=true]", Relaxation, Relaxation(20, halving=True)),
    ("fixed-point(9)", Relaxation, Relaxation(9, 1.0)),
    ("fixed-point[steps=9]", Relaxation, Relaxation(9, 1.0)),
    ("within[margin=0.2]", Criterion | None, Within(0.2)),
    ("alignment", Probe, Alignment()),
    (
        "mlp[hidden=(8,4),activation=relu,output=linear[reduction=sum],init=gaussian(0.1)]",
        MLP | RNN,
        MLP((8, 4), relu, output("linear", "sum"), init=Gaussian(0.1)),
    ),
    ("mlp[hidden=8]", Network, MLP((8,))),
    ("rnn[hidden=(8,)]", MLP | RNN, RNN((8,))),
    ("Setting[strength=2,how=uniform]", Setting, Setting(2.0, "uniform")),
    ("Setting(2, how='a,b')", Setting | None, Setting(2.0, "a,b")),
    ("uniform(0.5)", Any, Uniform(0.5)),
    ("(1, 2)", Any, (1, 2)),
    ("{'a': 1}", dict[str, int], {"a": 1}),
    ("(1, 2)", np.ndarray, (1, 2)),
]


@pytest.mark.parametrize(("text", "kind", "value"), READ, ids=lambda given: str(given))
def test_a_text_is_read_as_the_kind_that_is_declared(text: str, kind: Any, value: Any) -> None:
    found = read("it", text, kind)
    assert (found, type(found)) == (value, type(value))


REFUSED: list[tuple[str, Any, str]] = [  # a text, the kind that is declared, what is said
    ("many", int, "it is 'many': expected a whole number"),
    ("2.5", int, "it is 2.5: expected a whole number"),
    ("True", int, "it is True: expected a whole number"),
    ("True", float, "it is True: expected a number"),
    ("1_0", int, "digits alone"),
    ("1e999", float, "out of range"),
    ("maybe", bool, "expected True or False"),
    ("1", bool, "it is 1: expected True or False"),
    ("wide", Literal["uniform", "normal"], "expected one of uniform, normal"),
    ("(1,a)", tuple[int, ...], "it is '(1,a)': expected values in round brackets"),
    ("(1,,2)", tuple[int, ...], "expected values in round brackets"),
    ("(1,2,3)", tuple[int, int], "expected values in round brackets"),
    ("3", tuple[int, int], "expected values in round brackets"),
    ("fast", Rate, "expected a number or a schedule, such as cosine[start=0.1,steps=100], of cosine"),
    ("uniform", Rate, "expected a number or a schedule"),
    ("adma", Optimiser, "expected an optimiser, such as adam[rate=0.001], of adam"),
    ("decay[inner=adma]", Optimiser, "option inner of optimiser 'decay' is 'adma': expected an optimiser"),
    ("decay[inner=adam[rat=1]]", Optimiser, "unknown option 'rat' of optimiser 'adam': did you mean 'rate'"),
    ("decay[inner=adam[rate=-1]]", Optimiser, "the learning rate is -1.0"),
    ("decay[inner=adam,inner=sgd]", Optimiser, "option inner stands twice"),
    (
        "grouped[groups=((b*,0.1))]",
        Optimiser,
        "expected values in round brackets, such as (a, b), each values",
    ),
    ("rlu", Activation, "expected an activation, such as relu, of hard-sigmoid"),
    ("linear[reduction=total]", Output, "expected one of mean, sum, mean-elements"),
    ("20", Relaxation, "expected a way to settle"),
    ("euler", Relaxation, "expected a way to settle"),
    ("fixed-point[rate=0.5]", Relaxation, "unknown option 'rate' of relaxation 'fixed-point'"),
    ("0.5", Init, "expected a distribution of weights"),
    ("zero(3)", Init, "takes no argument"),
    ("cosine(0.1, 100, 0.0, 5)", Schedule, "expected at most 3 arguments, each once"),
    ("cosine(0.1, start=0.2)", Schedule, "expected at most 3 arguments, each once"),
    ("mlp[hidden=a]", Network, "option hidden of network 'mlp' is 'a': expected values in round brackets"),
    ("mlp[hidden=8]", RNN, "expected a network, such as rnn"),
    ("Setting[strenght=2]", Setting, "did you mean 'strength'"),
    ("Other[strength=2]", Setting, "expected Setting[option=value,...]"),
    ("GREEN", Colour, "expected one of RED"),
    ("word", Unmet, "expected FILE.py:Name of a Unmet"),
    ("./nowhere.py:Mine", Optimiser, "'./nowhere.py' is not there"),
    (r"'\x'", str, "as in Python"),
    ("decay[inner=" * 41 + "sgd" + "]" * 41, Optimiser, "at most 40 brackets inside each other"),
]


@pytest.mark.parametrize(("text", "kind", "told"), REFUSED, ids=lambda given: str(given)[:60])
def test_a_text_of_another_kind_is_refused_in_one_line(text: str, kind: Any, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        read("it", text, kind)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arguments_of_anything_callable_are_read() -> None:
    def plain(rng: object, noise: str, size: int = 3, guess=None) -> tuple[Any, ...]:  # type: ignore[no-untyped-def]
        return noise, size, guess

    class Own:
        def __init__(self, noise: str) -> None:
            self.noise = noise

        def __call__(self, size: float) -> float:
            return size

    given = {"noise": "uniform", "size": "4", "guess": "uniform"}
    assert called("it", plain, given, None) == ("uniform", 4, Uniform())
    assert called("it", partial(plain, size=2), {"noise": "zero"}, None) == ("zero", 2, None)
    assert called("it", Own, {"noise": "zero"}).noise == "zero"
    assert called("it", Own("x"), {"size": "1"}) == 1.0


def some(rng: Random, depth: int = 0) -> Any:
    """An optimiser, with anything inside."""
    words = [
        "W*",
        "b[12]",
        "a,b",
        "it's",
        'say "so"',
        "(",
        "None",
        "3",
        "uniform",
        "",
        " x ",
        "b=1",
        "\\n",
        "θ",
    ]
    rate = lambda: rng.choice([rng.random(), Cosine(rng.random(), rng.randrange(1, 99)), *levels(rng)])  # noqa: E731
    if depth > 3 or rng.random() < 0.3:
        return rng.choice([SGD(rate(), rng.uniform(0.1, 0.9), nesterov=True), Adam(rate()), SGD(0.1)])
    inner = partial(some, rng, depth + 1)
    return rng.choice(
        [
            lambda: Decay(inner(), rng.random(), tuple(rng.sample(words, rng.randrange(1, 4)))),
            lambda: Clipped(inner(), 10 ** rng.uniform(-300, 300)),
            lambda: Grouped(tuple((rng.choice(words), inner()) for _ in range(rng.randrange(3))), inner()),
        ]
    )()


def levels(rng: Random) -> list[Schedule]:
    """Schedules with tuples in them."""
    at = tuple(sorted(rng.sample(range(1000), rng.randrange(3))))
    return [Levels(tuple(rng.random() for _ in range(len(at) + 1)), at), Steps(rng.random(), at)]


def others(rng: Random) -> tuple[Any, Any]:
    """A value of another kind, and the kind."""
    init: Init = rng.choice([Zero(), Uniform(rng.random()), Glorot("normal"), Orthogonal(2.0)])
    hidden = tuple(rng.randrange(1, 99) for _ in range(rng.randrange(1, 4)))
    how = rng.choice(["mean", "sum", "mean-elements"])
    network = MLP(
        hidden, rng.choice([relu, tanh]), output("linear", how), "float64", init, rng.random() < 0.5
    )
    text = "".join(rng.choice("ab ,[]()'\"=@\\~\n\té") for _ in range(rng.randrange(9)))
    return rng.choice(
        [
            (network, Network),
            (init, Init),
            (Relaxation(rng.randrange(1, 99), rng.uniform(0.1, 1), rng.random(), halving=True), Relaxation),
            (text, str),
            (text, str | None | int),
            ((text, rng.randrange(9), None), tuple[str, int, str | None]),
            ([text, text], list[str]),
            (Setting(rng.random(), text), Setting),
        ]
    )


def test_what_is_written_is_read_as_the_same_again() -> None:
    """Five hundred random values, nested up to four deep, with words that look like anything else."""
    rng = Random(0)
    for _ in range(250):
        for value, kind in ((some(rng), Optimiser), others(rng)):
            text = written(value) if not isinstance(value, Setting) else setting(value)
            assert read("it", text, kind) == value, text
            if "[" in text and not text.startswith(("[", "(", "'", '"')):
                spec = specs.parse(text)
                assert specs.parse(str(spec)) == spec
                assert read("it", str(spec), kind) == value


def setting(value: Setting) -> str:
    """A dataclass that is registered nowhere: a text by hand."""
    return f"Setting[strength={value.strength!r},how={written(value.how)}]"


def test_what_has_no_name_is_not_written() -> None:
    with pytest.raises(BadInput, match="registered nowhere"):
        written(Setting())
    with pytest.raises(BadInput, match="cannot be written on a command line"):
        written(np.array(1.0))


def test_only_what_differs_is_written() -> None:
    assert written(Decay(Adam(0.001), 1e-4)) == "decay[inner=adam]"
    assert written(Grouped((("b*", SGD(0.01)),), Adam(np.float64(0.5)))) == (
        "grouped[groups=((b*,sgd[rate=0.01]),),default=adam[rate=0.5]]"
    )
    assert written(MLP((8,), relu)) == "mlp[hidden=(8,),activation=relu]"
