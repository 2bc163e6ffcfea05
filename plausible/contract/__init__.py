"""What rules, tasks, optimisers, networks and their parts promise; `plausible check` says which promises are broken."""

from plausible.contract.check import check, kind_of
from plausible.contract.promises import Finding, problem
from plausible.contract.rules import PROMISES
from plausible.contract.world import N_IN, N_OUT, Case, case, examples

__all__ = ["N_IN", "N_OUT", "PROMISES", "Case", "Finding", "case", "check", "examples", "kind_of", "problem"]
