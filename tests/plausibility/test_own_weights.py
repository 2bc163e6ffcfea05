"""Rules that bring weights of names and dtypes of their own are audited, too. Oracle: what stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.plausibility.audit import audit

ROOT = Path(__file__).parents[2]
NAMED = '''
import numpy as np
from dataclasses import dataclass
from plausible.core import Outer, Step


@dataclass(frozen=True)
class Named:
    """Backprop of two linear layers, whose weights have names of their own and are {dtype}."""

    source = "rumelhart1986"
    answers = ()

    def init(self, n_in, n_out, rng):
        one = rng.normal(size=(n_in, 7)) / 3
        return {{"first": one.astype("{dtype}"), "second": rng.normal(size=(7, n_out)).astype("{dtype}")}}, None

    def respond(self, params, state, x, rng):
        h = x @ params["first"]
        return [h, h @ params["second"]]

    def update(self, params, state, shown, rng):
        h, answer = self.respond(params, state, shown.x, rng)
        error = answer - shown.y
        back = error @ params["second"].T
        return Step({{"first": Outer(shown.x, back, -1 / len(h)), "second": Outer(h, error, -1 / len(h))}}, state)
'''


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_of_other_names_and_dtypes_are_audited(dtype: str, tmp_path: Path) -> None:
    (tmp_path / "named.py").write_text(NAMED.format(dtype=dtype))
    verdicts = {
        each.criticism: each.cell.verdict for each in audit(f"{tmp_path / 'named.py'}:Named").measured
    }
    assert verdicts["signed synapses"] == "present"
    for criticism in (
        "weight transport",
        "exact derivatives",
        "non-local error",
        "update locking",
        "one-to-one units",
    ):
        assert verdicts[criticism] in ("present", "untraceable"), criticism


def test_the_example_with_a_network_of_its_own_is_audited() -> None:
    verdicts = {
        each.criticism: each.cell.verdict
        for each in audit(f"{ROOT / 'docs/examples/radial_basis.py'}:RadialBasis").measured
    }
    assert verdicts["weight transport"] == "untraceable"
