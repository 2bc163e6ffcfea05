"""The small table of a study that is committed, so that its figure can be drawn on a fresh clone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plausible.errors import BadInput
from plausible.printing.words import without_home
from plausible.registry.encoding import encode
from plausible.study.campaign import Plan
from plausible.study.store.store import Store, placed
from plausible.study.store.stored import Stored, read_frame
from plausible.study.store.tables import Spec, write
from plausible.study.study import Study


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
    write(table.assign(status=table.key.map(status)), file, machines, specs=specs_in(stored.values()))


def specs_in(stored: Iterable[Stored]) -> dict[str, Spec]:
    """What stored runs are, by their keys, as a table tells it."""
    return {
        there.key.name: Spec(encode(placed(there.run), without_home), there.key.code_digest)
        for there in stored
    }


def scales_of(file: Path) -> list[str]:
    """The scales of a table's rows; [] if the file cannot be read."""
    try:
        return sorted(map(str, read_frame(file, ["scale"]).scale.unique()))
    except (BadInput, KeyError):
        return []
