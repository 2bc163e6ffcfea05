"""What a rule's changes are made of at late presentations, and with other draws, where its code asks for these."""

from __future__ import annotations

from plausible.plausibility import clocks, turns
from plausible.plausibility.changes import added_by
from plausible.plausibility.provenance import Followed, Provenance, followed
from plausible.plausibility.world import SEED, World


def followed_later(world: World, made: Provenance) -> Provenance:
    """What is known of a rule, with what its changes are made of there alone, told as what chance adds."""
    tried = [(each, SEED) for each in clocks.later(world)]
    tried += [(world, seed) for seed in range(SEED + 1, SEED + turns.SEEDS)]
    found = [one for each, seed in tried if (one := followed_or_not(each, seed)) is not None]
    more = added_by((each.changes for each in found), made.changes)
    both = {name: made.by_chance.get(name, frozenset()) | tokens for name, tokens in more.items()}
    sent = tuple(tuple(each.record.sent) for each in found)
    return made._replace(by_chance={**made.by_chance, **both}, sent_by_chance=(*made.sent_by_chance, *sent))


def followed_or_not(world: World, seed: int) -> Followed | None:
    """A rule that has learned on marked arrays; None where it raises, as at a count that it never comes to."""
    try:
        return followed(world, seed=seed)
    except Exception:  # whatever a rule raises where its world was changed
        return None
