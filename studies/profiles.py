"""Which share of the tuned runs of `accuracy` comes how far on the way from shallow learning to backprop?

    python -m studies.profiles        # seconds; writes studies/tables/profiles.parquet, as python -m docs.pages does

Performance profiles over all tasks [dolan2002, agarwal2021], of the committed table of `accuracy`: nothing is run. A run
scores 0 if it is as accurate as shallow learning on its task in the mean, and 1 if it is as accurate as backprop.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from plausible.report.across import profiles
from plausible.study.store.tables import read, write

TABLES = Path(__file__).parent / "tables"
THRESHOLDS = tuple(np.round(np.arange(-0.5, 1.51, 0.05), 2).tolist())


def computed() -> pd.DataFrame:
    """The profiles of the committed table: see `plausible.report.across.profiles`; the share is the `value`.

    And the number of tasks; the status is that of the profile, which is always done.
    """
    table = read(TABLES / "accuracy.parquet")
    found = profiles(table, THRESHOLDS).rename(columns={"share": "value"})
    return found.assign(tasks=table.task.nunique(), status="done")


def main() -> None:
    """Write the table."""
    write(computed(), TABLES / "profiles.parquet", [])


if __name__ == "__main__":
    main()
