"""The promise that a rule makes by its `answers`: what it claims to remove is not there where it is measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial, wraps
from typing import Any

from plausible.contract.check import kind_of
from plausible.contract.promises import Finding, holds, judged
from plausible.plausibility.audit import audit
from plausible.plausibility.patience import LIMIT
from plausible.registry import registry, specs


def measures_as_it_claims(text: str, limit: float = LIMIT) -> None:
    """What it claims to remove under `answers` is not measured as present, as `plausible audit` tells."""
    others = [each for each in audit(text, limit=limit).measured if not each.settled]
    words = [
        f"{each.criticism}, claimed to be {each.claimed}, is {each.cell.verdict}: {each.cell.evidence}"
        for each in others
    ]
    holds(not words, "; ".join(words))


def findings_on_claims(
    text: str, kind: str | None, before: Iterable[Finding], limit: float = LIMIT
) -> Iterator[Finding]:
    """A finding on the `answers` of a rule that has some; none where a promise of the contract is broken.

    Args:
        text: what was checked.
        kind: told from `text` if not given.
        before: the findings on the promises of its contract, which are looked at when this is asked for its finding.
        limit: seconds that one step may take where claims are measured.
    """
    if any(finding.verdict in ("broken", "not judged") for finding in before):
        return
    if (kind or kind_of(text)) == "rule":
        rule: Any = registry.load("rule", specs.parse(text).name)
        if getattr(rule, "answers", ()):
            yield from judged(
                [wraps(measures_as_it_claims)(partial(measures_as_it_claims, limit=limit))], text
            )
