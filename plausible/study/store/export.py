"""The small table of a study that is committed, so that its figure can be drawn on a fresh clone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plausible.errors import BadInput
from plausible.printing.words import without_home
from plausible.registry.encoding import encode
from plausible.study.answers import packed_all, read_all
from plausible.study.campaign import Plan
from plausible.study.store.store import Store, placed
from plausible.study.store.stored import Stored, read_frame
from plausible.study.store.tables import Lost, Spec, write
from plausible.study.study import Study
from plausible.writing import whole


def write_table(study: Study, scale: str, plan: Plan, store: Store, file: Path, given: str) -> None:
    """Write the study's metrics of the runs of a plan, all of which are stored, with how each run ended.

    `given` is the study as the user named it.

    Raises:
        BadInput: if some of the runs cannot be used, so that the table would lack them.
    """
    table = plan.table(store).assign(scale=scale)
    if store.said:
        raise BadInput(
            f"the table would miss runs that cannot be used: plausible run {given} --scale {scale}"
        )
    table = table[table.metric.isin(study.metrics)] if study.metrics else table
    stored = plan.stored(store)
    status = {plan.keys[run].name: there.status for run, there in stored.items()}
    machines = [there.computed_with() for there in stored.values()]
    told = table.assign(status=table.key.map(status))
    write(told, file, machines, specs=specs_in(stored.values()), lost=lost_in(stored.values()))
    if study.answers:
        write_answers(file, table.key, stored.values())


def beside(file: Path) -> Path:
    """The file of answers beside a table: NAME.answers.npz beside NAME.parquet."""
    return file.with_name(f"{file.stem}.answers.npz")


def write_answers(file: Path, keys: Iterable[str], stored: Iterable[Stored]) -> None:
    """Write what runs answered to the test split beside a table with these keys, with what is there of them already.

    A run of which that is not kept is left out. Raises `OSError`, and `BadInput` for a damaged file.
    """
    place, those = beside(file), set(keys)
    before = read_all(place) if place.is_file() else {}
    found = {there.key.name: answers.scores for there in stored if (answers := there.answers()) is not None}
    with whole(place) as name:
        name.write_bytes(packed_all({key: each for key, each in (before | found).items() if key in those}))


def specs_in(stored: Iterable[Stored]) -> dict[str, Spec]:
    """What stored runs are, by their keys, as a table tells it."""
    return {
        there.key.name: Spec(encode(placed(there.run), without_home), there.key.code_digest)
        for there in stored
    }


def lost_in(stored: Iterable[Stored]) -> list[Lost]:
    """The stored runs that did not end well, with the reason of each."""
    gone = [there for there in stored if there.status != "done"]
    return [
        Lost(there.key.name, *there.run.head(), there.status, there.reason, dict(there.run.settings()))
        for there in gone
    ]


def scales_of(file: Path) -> list[str]:
    """The scales of a table's rows; [] if the file cannot be read."""
    try:
        return sorted(map(str, read_frame(file, ["scale"]).scale.unique()))
    except (BadInput, KeyError):
        return []
