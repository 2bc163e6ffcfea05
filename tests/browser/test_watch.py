"""`plausible watch` in a real browser. Oracle: the store; axe-core's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plausible.site.server import listening
from plausible.site.watch import Pages
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from tests.browser.axe import faults
from tests.browser.conftest import Window
from tests.suite.quick import QUICK
from tests.suite.test_watch import EVIL, RUNS, STUDY, serving


def test_the_page_of_a_running_study_renews_itself(
    window: Callable[..., Window], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    store, done = Store(), execute(QUICK)
    store.save(key(RUNS[0]), done)
    store.save(key(RUNS[1]), Outcome(RUNS[1], "failed", f"ValueError: {EVIL}", traceback="Traceback\n"))
    with serving(listening("127.0.0.1", 0, Pages(STUDY, "smoke", "watched"))) as server:
        opened = window(root=server.address.rstrip("/"))
        opened.open("")
        page = opened.page
        assert "2 of 4 runs ended" in page.locator("[role=status]").inner_text()
        assert not opened.said
        assert not faults(page)
        opened.said.clear()  # axe-core tries styles that the page's policy forbids
        store.save(key(RUNS[2]), replace(done, run=RUNS[2]))
        page.locator("[role=status]", has_text="3 of 4 runs ended").wait_for()
        page.get_by_role("button", name="done").first.click()  # what is new is sorted, too
        assert page.locator("th[aria-sort=ascending]").count() == 1
        page.get_by_role("link", name="log").click()
        assert EVIL in page.locator("pre").inner_text()
        assert not opened.said
        assert not opened.strangers
