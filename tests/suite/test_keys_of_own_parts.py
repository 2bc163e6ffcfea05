"""A run has one key, also after it was written and read. Oracle: nothing has changed; or one named constant has."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry.encoding import decode, encode
from plausible.registry.files import from_file
from plausible.study.keys.key import key
from plausible.study.run import Run
from tests.processes import finished
from tests.suite.quick import QUICK

HELPER = """
import numpy as np

def times(gain):
    def value(z, out=None):
        return np.multiply(gain, z, out=out)
    return value

def flat(h, out=None):
    return np.ones_like(h)
"""
PARTS = """
from dataclasses import dataclass, replace
import numpy as np
from helper import flat, times
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.mlp import MLP
from plausible.networks.outputs import Output, half_squared_error, output
from plausible.optimise.sgd import SGD

def difference(answer, y):
    return answer - y

bent = Activation("bent", times(GAIN), flat)
tanh_like = Activation("tanh-like", np.tanh, flat)
answer = Output("answer", times(GAIN), half_squared_error, difference)
summed = replace(answer, reduction="sum")
halved = replace(output("softmax"), name="halved", loss=lambda answer, y: GAIN * (answer - y).sum(axis=-1))

@dataclass(frozen=True)
class Constant:
    value: float = 0.1

    def __call__(self, step):
        return self.value

@dataclass(frozen=True)
class Lion(SGD):
    rates: tuple = ()

@dataclass(frozen=True)
class Ones(Init):
    def draw(self, rng, fan_in, fan_out):
        return np.ones((fan_in, fan_out))

@dataclass(frozen=True)
class Deeper(MLP):
    more: int = 1

@dataclass(frozen=True)
class Soon:
    inner: tuple = ()

    def __call__(self, answer, y):
        return True
"""


def parts_of(folder: Path, gain: float = 1.0) -> Callable[[str], Any]:
    """The values and the classes of the file, by name."""
    (folder / "helper.py").write_text(HELPER)
    (folder / "parts.py").write_text(PARTS.replace("GAIN", repr(gain)))
    os.utime(folder / "parts.py", ns=(round(gain),) * 2)  # within the clock's tick, too
    return lambda name: from_file(f"{folder}/parts.py", name)


def with_each(own: Callable[[str], Any]) -> dict[str, Run]:
    """The quick run with each kind of part of one's own."""

    def network(**parts: Any) -> Run:
        return replace(QUICK, network=MLP((4,), **parts))

    constant = own("Constant")(0.2)
    return {
        "an output": network(output=own("answer")),
        "its copy": network(output=replace(own("answer"))),
        "its copy with a reduction": network(output=replace(own("answer"), reduction="mean-elements")),
        "a copy with a name": network(output=own("summed")),
        "an output of a lambda": network(output=own("halved")),
        "an activation": network(activation=own("bent")),
        "its copy as well": network(activation=replace(own("bent"))),
        "an activation of a library's function": network(activation=own("tanh_like")),
        "both": network(activation=own("bent"), output=own("answer")),
        "a distribution": network(init=own("Ones")(), bias_init=own("Ones")()),
        "a network": replace(
            QUICK, network=own("Deeper")((4,), activation=own("bent"), output=own("answer"))
        ),
        "a schedule": replace(QUICK, optimiser=SGD(constant)),
        "an optimiser": replace(QUICK, optimiser=own("Lion")(constant)),
        "a tuple of schedules": replace(QUICK, optimiser=own("Lion")(0.1, rates=(constant, (constant, 1)))),
        "a criterion": replace(QUICK, until=own("Soon")((own("Soon")(), own("bent"), own("answer")))),
        "registered parts": QUICK,
    }


READ = """
import json, sys
from plausible.registry.encoding import decode, encode
from plausible.study.keys.key import key
from plausible.study.run import Run
runs = {name: decode(spec, Run, execute=True) for name, spec in json.load(sys.stdin).items()}
print(json.dumps({name: [encode(key(run)), encode(key(decode(encode(run), Run)))] for name, run in runs.items()}))
"""


def test_the_key_of_a_run_is_that_of_what_is_read_back_here_and_in_a_fresh_process(tmp_path: Path) -> None:
    runs = with_each(parts_of(tmp_path))
    here = {name: encode(key(run)) for name, run in runs.items()}
    assert {name: encode(key(decode(encode(run), Run))) for name, run in runs.items()} == here
    (tmp_path / "specs.json").write_text(json.dumps({name: encode(run) for name, run in runs.items()}))
    with (tmp_path / "specs.json").open() as specs:
        elsewhere = json.loads(finished([sys.executable, "-c", READ], stdin=specs).stdout)
    assert elsewhere == {name: [parts, parts] for name, parts in here.items()}


OF_VALUES = ["an output", "its copy with a reduction", "an activation", "its copy as well", "a network"]


@pytest.mark.parametrize("name", OF_VALUES)
def test_a_number_with_which_an_own_value_is_made_is_in_the_key(name: str, tmp_path: Path) -> None:
    """The functions are a helper's, and stay; the number stands in the statement that makes the value."""
    before = key(with_each(parts_of(tmp_path))[name])
    after = key(with_each(parts_of(tmp_path, 2.0))[name])
    assert after.differences(before) == ["the code of parts.py changed"]


def test_the_name_of_an_own_value_is_a_root_and_that_of_another_is_none(tmp_path: Path) -> None:
    runs = with_each(parts_of(tmp_path))
    roots = {
        name: {root for root in key(run).roots if root.startswith("parts.py:")} for name, run in runs.items()
    }
    assert "parts.py:answer" in roots["an output"] == roots["its copy"] == roots["its copy with a reduction"]
    assert "parts.py:bent" in roots["an activation"] == roots["its copy as well"]
    assert "parts.py:answer" not in roots["an activation"]
    assert not roots["registered parts"]
