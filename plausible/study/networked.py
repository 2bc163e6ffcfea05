"""What of a run its network alone tells, where a `Work` of any kind is given."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from plausible.networks.network import Network
from plausible.study.work import Work


@runtime_checkable
class Networked(Protocol):
    """A `Work` in which a network learns, such as a `Run`; an experiment is none."""

    @property
    def network(self) -> Network:
        """The network that learns."""
        ...


def network_of(work: Work) -> Network | None:
    """The network that learns in a run; None where nobody sees one."""
    return work.network if isinstance(work, Networked) else None
