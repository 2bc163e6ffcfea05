"""How many criticisms of backpropagation are left of a rule, counted in what its audit measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plausible.plausibility.audit import MARKS, audit
from plausible.study.experiment import Bench, Measured

GONE = ("removed", "not applicable")
LEFT = "objections left"


def objections(bench: Bench, rule: str) -> Iterator[Measured]:
    """Audit a rule: how many criticisms have each verdict, and how many are left.

    A criticism is left unless it is measured as removed, or does not apply to any rule of this kind: what is removed in
    part is left, and so is what cannot be traced, as neither can be called clean.

    Args:
        bench: of the experiment; nothing is drawn from its seed, as an audit has random numbers of its own.
        rule: as on the command line.

    Yields:
        Counts, dimensionless: "objections left", and each verdict by its name.

    Raises:
        BadInput: if the rule cannot be audited.
    """
    verdicts = Counter(str(each.cell.verdict) for each in audit(rule).measured)
    yield Measured(LEFT, sum(n for verdict, n in verdicts.items() if verdict not in GONE))
    for verdict in MARKS:
        yield Measured(verdict, verdicts[verdict])
