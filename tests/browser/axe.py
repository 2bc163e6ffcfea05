"""What axe-core finds wrong with a page."""

from __future__ import annotations

from typing import Any

import pytest

SERIOUS = ("serious", "critical")


def faults(page: Any) -> list[str]:
    """The serious faults of what is open, each with an element that has it. The page's own messages are read before."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-core is not installed"
    ).Axe()
    found = axe.run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in SERIOUS]
