"""`python -m benchmarks.arrays cupy`: whether every rule and optimiser computes on the arrays of another library.

Each rule learns by `train` from weights and examples that the library's `asarray` has copied, and its first changes are
held against those on numpy's arrays, within 1e-4 of the largest, as sums are added in another order. The exit code is 1
if one differs or is refused.

This was written against CuPy's source and a strict stand-in for it (`plausible.contract.foreign`). It has not been run
with CuPy itself. Nothing in the tests depends on it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from plausible.contract.elsewhere import rule_computes_on
from plausible.contract.optimisers import optimiser_computes_on
from plausible.contract.promises import Finding, judged
from plausible.registry import registry


def findings(library: Any, rules: list[str], optimisers: list[str]) -> Iterator[tuple[str, Finding]]:
    """What is found of each rule and optimiser on arrays of a library."""

    def rule(text: str) -> None:
        """It computes on arrays of the library."""
        rule_computes_on(library, text, exact=False)

    def optimiser(text: str) -> None:
        """It computes on arrays of the library."""
        optimiser_computes_on(library, text)

    asked: list[tuple[list[str], Callable[[str], None]]] = [(rules, rule), (optimisers, optimiser)]
    for names, promise in asked:
        for name in names:
            (finding,) = judged([promise], name)
            yield name, finding


def main(name: str) -> int:
    """Print a line for each, and return the exit code."""
    try:
        library = importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error}: expected a library that is installed here, such as cupy") from error
    kinds = [sorted(registry.registered(kind)) for kind in ("rule", "optimiser")]
    broken = 0
    for text, finding in findings(library, *kinds):
        broken += finding.verdict != "kept" and finding.verdict != "not applicable"
        print(f"{text}: {finding.verdict}{f', {finding.words}' if finding.words else ''}")
    print(f"{broken} of {sum(map(len, kinds))} do not compute on arrays of {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m benchmarks.arrays LIBRARY, such as cupy")
    raise SystemExit(main(sys.argv[1]))
