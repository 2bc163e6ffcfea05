"""Which criticisms of backpropagation does each rule answer, measured on its own code?

    python -m studies.plausibility        # a minute or two; writes studies/tables/plausibility.parquet and audit.json

A row for each registered rule and criticism: what `plausible audit` measures, claims and literature beside it. It is no
study of runs, as nothing is learned but what an audit takes to measure. audit.json has what rules need, as
`plausible audit --cost --json` prints it, and the audits of rules of single synapses, which are none of a network.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from plausible.plausibility.audit import audit
from plausible.plausibility.costs import costs
from plausible.plausibility.spikes.models import MODELS
from plausible.registry import registry
from plausible.report.plausibility import as_json, costs_as_json, frame
from plausible.study.store.tables import write
from plausible.study.workers.machine import machine
from plausible.writing import whole

WORDS = ("verdict", "evidence", "claimed", "literature", "explained")


def table() -> pd.DataFrame:
    """What was measured of every registered rule."""
    made = frame(audit(rule) for rule in registry.registered("rule"))
    return made[["rule", "criticism", "value", "agrees", *WORDS]].assign(task="audit", status="done")


def beside() -> str:
    """What rules need, and what was measured of single synapses, as JSON."""
    names = [*sorted(registry.registered("rule")), *MODELS]
    audits = as_json(audit(name) for name in MODELS)
    return json.dumps({**costs_as_json(map(costs, names)), "synapses": audits["rules"]}, indent=1)


def main() -> None:
    """Audit all rules, and write the tables."""
    folder = Path(__file__).parent / "tables"
    write(table(), folder / "plausibility.parquet", [machine()])
    with whole(folder / "audit.json") as new:
        new.write_text(beside(), encoding="utf-8")


if __name__ == "__main__":
    main()
