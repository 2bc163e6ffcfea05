"""The command in this process, and runs that are stored without workers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest

from plausible.cli.main import main
from plausible.study.course import execute
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store.store import Store


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def command(*arguments: str, capsys: pytest.CaptureFixture[str]) -> Ended:
    """Exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return Ended(int(stop.value.code or 0), captured.out, captured.err)


class Outcomes(Silent):
    """A listener that keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[Run, Outcome] = {}

    def ended(self, outcome: Outcome) -> None:
        self.outcomes[outcome.run] = outcome


def computed(runs: Iterable[Run], store: Store) -> None:
    """Execute runs here, and store what comes of them."""
    for run in runs:
        store.save(key(run), execute(run))
