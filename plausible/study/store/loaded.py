"""The runs of a store as one long frame that tells them apart, for pandas and DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from plausible.errors import BadInput, unknown
from plausible.study.columns import described
from plausible.study.keys.changes import changes
from plausible.study.store import members
from plausible.study.store.stored import Stored
from plausible.study.store.unmade import Unmade, read_known

if TYPE_CHECKING:
    from plausible.study.store.store import Store


def load(store: Store, study: str | None, scale: str | None, holds: bool) -> pd.DataFrame:
    """See `plausible.study.store.store.Store.load`."""
    memberships = pd.DataFrame(members.read(store.root), columns=list(members.Member._fields))
    for name, given in (("study", study), ("scale", scale)):
        if given is not None:
            if given not in {*memberships[name]}:
                error = unknown(f"{name} in the store", given, memberships[name].unique())
                raise BadInput(f"{error}; plausible run puts some there")
            memberships = memberships[memberships[name] == given]
    every = study is None and scale is None
    names = [folder.name for folder in store.folders()] if every else [*memberships.key.unique()]
    frame = store.measured(names)
    known = partial(read_known, execute=store.execute)
    read = {key: store.used(store.runs / key, known) for key in frame.key.unique()}
    runs = {key: there for key, there in read.items() if there is not None}
    with_settings = {key: there.run if isinstance(there, Stored) else there for key, there in runs.items()}
    frame = described(frame[frame.key.isin(list(runs))], with_settings)
    frame = frame.assign(**about(frame, runs, holds, store.execute))
    table = frame.merge(memberships, "left" if every else "inner", "key").fillna({"study": "", "scale": ""})
    return table.astype({"study": "category", "scale": "category"})


def about(
    frame: pd.DataFrame, runs: Mapping[str, Stored | Unmade], holds: bool, execute: bool
) -> dict[str, pd.Series]:
    """Columns: how each run ended and, with `holds`, whether it would be the same today, NA if that cannot be told."""
    status = {"status": frame.key.map({key: there.status for key, there in runs.items()}).astype("category")}
    if not holds:
        return status
    told = {key: still_holds(there, execute) for key, there in runs.items()}
    return status | {"holds": frame.key.map(told).astype("boolean")}


def still_holds(stored: Stored | Unmade, execute: bool) -> bool | None:
    """Whether a run need not be computed anew; None if only executing a user's file, with `execute`, could tell."""
    if isinstance(stored, Unmade):
        return None
    try:
        return not changes(stored, execute)
    except BadInput:
        return None
