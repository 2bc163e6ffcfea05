"""Equations of docstrings as MathML. Oracles: the text itself, of which nothing is lost; equations written by hand."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from plausible.printing.mathml import RAISED, equations, mathml, parts
from plausible.registry import registry

TYPED = str.maketrans({**RAISED, "-": "−", "√": "", "`": "", "_": "", "^": "", "{": "", "}": ""})


def bare(text: str) -> str:
    """What is seen of an equation, without the marks of places above and below, and without spaces."""
    return re.sub(r"√\(((?:[^()]|\([^()]*\))*)\)", r"\1", text).translate(TYPED)


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", sorted(registry.registered("rule")))
def test_every_rule_has_an_equation_of_which_nothing_is_lost(name: str) -> None:
    found = equations(registry.load("rule", name))
    assert found
    for text in found:
        shown = "".join(ElementTree.fromstring(mathml(text)).itertext()).replace("-", "−")
        assert sorted(without_spaces(shown)) == sorted(
            without_spaces(bare(text))
        )  # below and above may be exchanged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W_{l+1}ᵀ", "<msubsup><mi>W</mi><mrow><mi>l</mi><mo>+</mo><mn>1</mn></mrow><mi>T</mi></msubsup>"),
        ("f'(z_l)", "<msup><mi>f</mi><mo>′</mo></msup>"),
        ("η_pre", "<msub><mi>η</mi><mtext>pre</mtext></msub>"),
        ("√(2 / n)", "<msqrt><mn>2</mn>"),
        ("z±_l", "<msubsup><mi>z</mi><mi>l</mi><mo>±</mo></msubsup>"),
        ("a ± b", '<mo>±</mo><mspace width="0.15em"/><mi>b</mi>'),
        ("h*ᵀ", "<msup><mi>h</mi><mrow><mo>∗</mo><mi>T</mi></mrow></msup>"),
        ("γ^(L-l)", "<msup><mi>γ</mi><mrow>"),
        ("a < b & c", "<mo>&lt;</mo>"),
    ],
)
def test_places_above_and_below(text: str, expected: str) -> None:
    assert expected in mathml(text)
    ElementTree.fromstring(mathml(text))


def test_what_is_no_equation_is_told_apart() -> None:
    text = "What it is.\n\n    ΔW ∝ h\n\nwith h.\n\n    python -m docs.pages\n\nArgs:\n    h: an activity."
    assert [part.kind for part in parts(text)] == ["text", "equation", "text", "verbatim", "text"]
