"""What all tests share: interrupts are heeded, and each test leaves signals as it found them."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def heeding() -> Iterator[None]:
    """An interrupt raises KeyboardInterrupt, also where pytest was started in the background and ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A command that runs within a test sets what becomes of signals; here it is set back."""
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {kind: signal.getsignal(kind) for kind in kinds}
    yield
    for kind, handler in before.items():
        if signal.getsignal(kind) is not handler:
            signal.signal(kind, handler)
