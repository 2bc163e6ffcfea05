"""Published numbers beside ours, each with a verdict, and how many of each kind have which."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import count, interval
from plausible.registry.users import guarded
from plausible.study.published import KINDS, VERDICTS, Published
from plausible.study.statistics import estimate
from plausible.study.study import Study


class Beside(NamedTuple):
    """One published number and ours, in words."""

    what: str
    kind: str
    published: str
    ours: str
    n: str
    verdict: str
    source: str
    because: str  # where the tolerance comes from
    differs: str  # from the paper's setting
    lost: str  # runs without a value, by how they ended
    hindsight: str  # what was chosen with results in sight

    @property
    def notes(self) -> str:
        """Where number and tolerance are from, what differs, and what was chosen with results in sight."""
        because = f"tolerance: {self.because}" if self.because else ""
        lost = f"without a value: {self.lost}" if self.lost else ""
        differs = f"differs in {self.differs}" if self.differs else ""
        hindsight = f"with results in sight: {self.hindsight}" if self.hindsight else ""
        return ". ".join(filter(None, (self.source, because, differs, lost, hindsight)))


COLUMNS = {
    **dict.fromkeys(
        ("what", "kind", "source", "mark", "stated", "because", "differs", "hindsight"), "object"
    ),
    "lost": "object",
    **dict.fromkeys(("published", "tolerance", "low", "high", "ours", "ours_low", "ours_high"), "float64"),
    "n": "int64",
    "runs": "object",
    "verdict": "object",
}


def frame(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Every published number of a study beside ours.

    Columns: what, in words, with the unit; kind, one of `plausible.study.published.KINDS`; source, and mark, how the
    published number was checked; stated, the band in words, because, where its tolerance comes from; differs, what is
    not as in the paper; hindsight, what was chosen with results in sight; lost, how many runs that would have given a
    value ended how, as "3 diverged"; published, tolerance, and the band from low
    to high; ours, the mean of n values, with its 95 % interval ours_low to ours_high, NaN if it was not run; runs, a
    name for the runs behind it, which rows may share; verdict, one of `VERDICTS` there.
    """
    rows = [beside(published, table) for published in study.published]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def rows(study: Study, table: pd.DataFrame) -> list[Beside]:
    """The rows of `frame` in words."""
    return [in_words(row) for row in frame(study, table).to_dict("records")]


def shown(compared: pd.DataFrame) -> list[Table]:
    """The rows of `frame` as tables that are printed: one for each kind, and one of the notes, by number."""
    order = {kind: number for number, kind in enumerate(KINDS)}
    said = sorted(map(in_words, compared.to_dict("records")), key=lambda row: order[row.kind])
    notes = list(dict.fromkeys(row.notes for row in said))
    tables = []
    for kind, of_kind in groupby(said, key=lambda row: row.kind):
        heads = ("what", "band", "ours", "n", "verdict", "note")
        printed = Table(kind, [Column(head, words=head in ("what", "verdict")) for head in heads])
        for row in of_kind:
            cells = row.what, row.published, row.ours, row.n, row.verdict
            printed.add(*cells, f"{notes.index(row.notes) + 1}")
        tables.append(printed)
    below = Table(
        "",
        [
            Column("note"),
            Column("source, tolerance, what differs, what was chosen with results in sight", words=True),
        ],
    )
    for number, note in enumerate(notes, 1):
        below.add(f"{number}", note)
    return [*tables, below]


def in_words(row: Mapping[Hashable, Any]) -> Beside:
    """A published number and ours as they are printed."""
    source = f"{row['source']} ({row['mark']})"
    ours = interval(row["ours"], row["ours_low"], row["ours_high"], ".3g", ".2g")
    said = row["kind"], row["stated"], ours, f"{row['n']}", row["verdict"]
    return Beside(row["what"], *said, source, row["because"], row["differs"], row["lost"], row["hindsight"])


def beside(published: Published, table: pd.DataFrame) -> dict[str, Any]:
    """A published number beside ours, with the verdict of `Published.verdict`."""
    what = f"our number for {published.what!r} cannot be read from the study's table"
    with guarded(lambda reason, _: f"{what}: {reason}"):  # the study may be a user's own
        ours = estimate([float(value) for value in published.ours(table)], published.bounds)
        lost = {status: len(published.ours(whole)) - ours.n for status, whole in as_if_done(table)}
    lost = {status: number for status, number in lost.items() if number > 0}
    words = ("what", "kind", "source", "mark", "stated", "because", "hindsight", "tolerance", "runs")
    told: dict[str, Any] = {name: getattr(published, name) for name in words}
    told["differs"] = "; ".join(f"{topic}: {text}" for topic, text in published.differs.items())
    told["published"], (told["low"], told["high"]) = published.value, published.band
    told["ours"], told["ours_low"], told["ours_high"], told["n"] = ours
    told["lost"] = ", ".join(f"{number} {status}" for status, number in lost.items())
    return told | {"verdict": published.verdict(ours, sum(lost.values()))}


def as_if_done(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """For each way in which runs of a study's table were lost, the table as if these had been done: who reads it?

    A lost run has the measurements of one that was done, of the same task and length if there is one, under its name;
    where none was done, its own last ones, as if they were of the end.
    """
    if not {"status", "key"} <= {*table.columns} or (table.status == "done").all():
        return
    done = table[table.status == "done"]
    alike = [name for name in ("task", "epochs", "hidden") if name in table]
    for status in table.status[table.status != "done"].unique():
        whole = [table]
        for _, run in table[table.status == status].groupby("key", observed=True, sort=False):
            first = run.iloc[0]
            pattern = done
            for name in alike:
                closer = pattern[pattern[name].astype(str) == str(first[name])]
                pattern = closer if len(closer) else pattern
            pattern = pattern[pattern.key == pattern.key.iloc[0]] if len(pattern) else at_the_end(run)
            named = {str(name): first[name] for name in table if name not in MEASURED}
            whole.append(pattern[[name for name in table if name in MEASURED]].assign(**named)[[*table]])
        yield str(status), pd.concat([each.astype("object") for each in whole]).astype(plain_kinds(table))


def at_the_end(run: pd.DataFrame) -> pd.DataFrame:
    """The last measurements of a run as if they were those of its end, when the test split is read."""
    last = run[run.epoch == run.epoch.max()].astype({"split": "object"})
    last = last.assign(epoch=run.epochs.iloc[0] if "epochs" in run else last.epoch)
    return pd.concat([last, last[last.split == "validation"].assign(split="test")])


MEASURED = ("epoch", "examples", "seconds", "split", "metric", "layer", "value")


def plain_kinds(table: pd.DataFrame) -> dict[str, Any]:
    """The dtypes of a table's columns, categories as what they are of."""
    kinds = table.dtypes.to_dict()
    return {
        str(name): kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
        for name, kind in kinds.items()
    }


def counted(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """How many numbers of each kind have which verdict, over the frames of several studies.

    Columns: kind; a column for every verdict; runs, the independent ones behind those that were run: of rows that read
    the same runs, the largest n counts.
    """
    every = [each.assign(study=number) for number, each in enumerate(frames)]
    together = pd.concat(every) if every else pd.DataFrame(columns=[*COLUMNS, "study"])
    found = []
    for kind in KINDS:
        mine = together[together.kind == kind]
        numbers = mine.verdict.value_counts()
        runs = int(mine.groupby(["study", "runs"]).n.max().sum()) if len(mine) else 0
        by_verdict = [int(numbers.get(word, 0)) for word in VERDICTS]
        found.append([kind, *by_verdict, runs])
    return pd.DataFrame(found, columns=["kind", *VERDICTS, "runs"])


def told(compared: pd.DataFrame) -> str:
    """How many rows of `frame` have which verdict, in a line: "1 agrees, 2 not run", "2 agree"."""
    numbers = compared.verdict.value_counts()
    several = {"agrees": "agree", "differs": "differ"}
    said = ", ".join(
        count(numbers[word], word, several.get(word, word)) for word in VERDICTS if word in numbers
    )
    return f"{count(len(compared), 'number')}: {said}"


def accuracy_in_percent(
    task: str, rule: str, epoch: float | None = None, hidden: str | None = None
) -> Callable[[pd.DataFrame], list[float]]:
    """How a study reads test accuracies, in per cent, one number per seed, of a rule as it is named there.

    Args:
        task: by name.
        rule: with the options that it was given, if any.
        epoch: of runs of so many epochs only.
        hidden: of a network only, such as "500-500".
    """

    def ours(table: pd.DataFrame) -> list[float]:
        return [float(value) for value in accuracies(table, task, rule, epoch, hidden)]

    return ours


def paired_difference(
    task: str, rule: str, other: str, hidden: str | None = None
) -> Callable[[pd.DataFrame], list[float]]:
    """How a study reads the accuracy of `rule` less that of `other`, in points, one number per seed of both."""

    def ours(table: pd.DataFrame) -> list[float]:
        first, second = (accuracies(table, task, name, hidden=hidden) for name in (rule, other))
        return [float(value) for value in (first - second).dropna()]

    return ours


def accuracies(
    table: pd.DataFrame, task: str, rule: str, epoch: float | None = None, hidden: str | None = None
) -> pd.Series[float]:
    """Test accuracies in per cent, by seed."""
    scores = table[(table.task == task) & (table.rule == rule) & (table.split == "test")]
    scores = scores[scores.metric == "accuracy"]
    if epoch is not None:
        scores = scores[scores.epoch.round() == epoch]
    if hidden is not None:
        scores = scores[scores.hidden.astype(str) == hidden]
    return 100 * scores.set_index("seed").value
