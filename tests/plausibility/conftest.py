"""What tests of audits share: few objects to look through."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True)
def few_objects() -> None:
    """What other tests left stays out of sight, as an audit of a rule of one's own looks through all objects."""
    gc.collect()
    gc.freeze()
