"""How far the work is: bars on a terminal, a line now and then in a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import Progress, TaskID

from plausible.printing.log import Log, ticking
from plausible.printing.terminal import bars, err, tell_executed
from plausible.printing.words import visible
from plausible.study.work import Outcome, Work


@dataclass
class Lines:
    """A listener to runs: on a terminal, bars of each run under way and of all together; elsewhere, lines of a log."""

    progress: Progress
    total: TaskID
    log: Log | None
    done: float  # runs that have ended
    lines: dict[Work, TaskID] = field(default_factory=dict)
    fractions: dict[Work, float] = field(default_factory=dict)  # how far each run under way is, from 0 to 1

    def hear(self, run: Work, fraction: float) -> None:
        from plausible.study.campaign import name

        if run not in self.lines:
            self.lines[run] = self.progress.add_task(visible(name(run)), total=1.0)
        self.progress.update(self.lines[run], completed=fraction)
        self.fractions[run] = fraction
        self.tell()

    def ended(self, outcome: Outcome) -> None:
        if outcome.run in self.lines:
            self.progress.remove_task(self.lines.pop(outcome.run))
        self.fractions.pop(outcome.run, None)
        self.progress.advance(self.total)
        self.done += 1
        self.tell()

    def tell(self) -> None:
        """Tell the log how many runs are done, with the parts of those under way."""
        if self.log is not None:
            self.log.at(self.done + sum(self.fractions.values()))

    def all_done(self, done: float) -> None:
        """Note how many runs are done, parts of runs included, where single runs have no bars."""
        self.progress.update(self.total, completed=done)
        if self.log is not None:
            self.log.at(done)


@contextmanager
def followed(what: str, total: int, there: int = 0) -> Iterator[Lines]:
    """A listener to work of `total` runs, of which `there` are stored already. Its bars end with the context."""
    tell_executed()
    log = None if err.is_terminal else Log(total, there)
    with bars() as progress, ticking(log):
        yield Lines(progress, progress.add_task(what, total=total, completed=there), log, there)
