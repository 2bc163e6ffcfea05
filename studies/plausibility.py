"""Which criticisms of backpropagation does each rule answer, measured on its own code?

    python -m studies.plausibility        # a minute or two; writes studies/tables/plausibility.parquet

A row for each registered rule and criticism: what `plausible audit` measures, claims and literature beside it. It is no
study of runs, as nothing is learned but what an audit takes to measure.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from plausible.plausibility.audit import audit
from plausible.registry import registry
from plausible.report.plausibility import frame
from plausible.study.store.tables import write
from plausible.study.workers.machine import machine

WORDS = ("verdict", "evidence", "claimed", "literature", "explained")


def table() -> pd.DataFrame:
    """What was measured of every registered rule."""
    made = frame(audit(rule) for rule in registry.registered("rule"))
    return made[["rule", "criticism", "value", "agrees", *WORDS]].assign(task="audit", status="done")


def main() -> None:
    """Audit all rules, and write the table."""
    write(table(), Path(__file__).parent / "tables" / "plausibility.parquet", [machine()])


if __name__ == "__main__":
    main()
