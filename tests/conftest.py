"""What all tests share: interrupts are heeded, each test leaves signals as it found them, and draws what is its own."""

from __future__ import annotations

import gc
import math
import os
import signal
from collections.abc import Generator, Iterator
from typing import Any

# Tests run in a process for each core: threads of libraries beside them would wait for each other. Before numpy.
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402

os.environ.pop("COLUMNS", None)  # which pytest-xdist sets: tables have the width that they have in a file


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests that are collected, and what they import, all stay: looking for garbage among them took seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


LONG = (  # files of tests that take seconds each, or that wait
    *("documentation", "site", "tour", "types", "verify", "watch", "wheel", "workers", "writing"),
    *("interrupts", "travel", "own", "every_study"),
)


DRAWN = ("figures", "legible")  # files of tests that share the drawings of a process


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, so that no process waits at the end for another that began one last.

    Then come those of figures, one figure after the other: a process that takes some of them draws few anew.
    """
    long, drawn = ([f"tests/suite/test_{name}" for name in names] for names in (LONG, DRAWN))

    def place(item: pytest.Item) -> tuple[int, str]:
        if item.nodeid.startswith((*long,)):
            return 0, ""
        given = getattr(getattr(item, "callspec", None), "params", {})
        if item.nodeid.startswith((*drawn,)) and isinstance(given.get("name"), str):
            return 1, given["name"]
        return 2, ""

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def heeding() -> Iterator[None]:
    """An interrupt raises KeyboardInterrupt, and a lost terminal ends what tests start.

    Also where pytest was started in the background, which ignores the one, or under `nohup`, which ignores the other.
    """
    kinds: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        kinds[signal.SIGHUP] = lambda *_: None  # pytest goes on; a program that it starts has the default
    before = {kind: signal.signal(kind, handler) for kind, handler in kinds.items()}
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A command that runs within a test sets what becomes of signals; here it is set back."""
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {kind: signal.getsignal(kind) for kind in kinds}
    yield
    for kind, handler in before.items():
        if signal.getsignal(kind) is not handler:
            signal.signal(kind, handler)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes seconds says how far it is, in lines of a log; no test depends on how fast the machine is."""
    for name in ("LEAST", "EVERY"):
        monkeypatch.setattr(f"plausible.printing.log.{name}", math.inf)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of the test's own: what it draws depends on no test before it, nor on which process runs them."""
    return np.random.default_rng(1)
