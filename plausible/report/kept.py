"""Frames of what a store holds beside the results in use: runs that changed, leftovers, and runs in quarantine."""

from __future__ import annotations

import pandas as pd

from plausible.study import campaign
from plausible.study.keys.changes import changes
from plausible.study.store.cleaning import left, leftovers, quarantined, stale, the_one
from plausible.study.store.store import Store


def changed(store: Store, key: str, execute: bool = False) -> pd.DataFrame:
    """Why a stored run would be run again: a row for each part of its key that changed since, in words.

    Columns: key, run, change; no row if it would not. `key` may be a beginning. Raises `BadInput`, as `changes` does.
    """
    stored = the_one(store, key)
    rows = [(stored.folder.name, campaign.name(stored.run), change) for change in changes(stored, execute)]
    return pd.DataFrame(rows, columns=["key", "run", "change"])


def removable(store: Store, everything: bool = False, execute: bool = False) -> pd.DataFrame:
    """What `plausible clean` would remove; nothing is removed.

    Columns: what, "left over" of an interrupted process or "stale", a result that no longer holds, which is told with
    `everything` alone; path; of a stale result also run and change, else "".
    """
    outdated = stale(store, execute) if everything else []
    rows = [("left over", str(path), "", "") for path in leftovers(store)]
    rows += [("stale", str(stored.folder), campaign.name(stored.run), change) for stored, change in outdated]
    return pd.DataFrame(rows, columns=["what", "path", "run", "change"])


def unused(store: Store) -> pd.DataFrame:
    """The runs that cannot be used, those in quarantine and those that were left in their places.

    Columns: key; where, "quarantine" or "runs"; path; reason, "" of a run in quarantine that is whole by now.
    """
    held = [("quarantine", each) for each in quarantined(store)] + [("runs", each) for each in left(store)]
    rows = [(each.folder.name, where, str(each.folder), each.reason) for where, each in held]
    return pd.DataFrame(rows, columns=["key", "where", "path", "reason"])
