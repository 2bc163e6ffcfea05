"""Which pages a site has, and the links between them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from plausible.errors import BadInput
from plausible.registry import registry
from plausible.site.folder import file_of

REFERENCES = "reference"  # the family of what rules are held against
OTHER = "own"  # that of a rule that is not registered


@dataclass(frozen=True)
class Links:
    """The pages of a site, as a page sees them that lies `up` from its top: "" or "../"."""

    rules: Collection[str]
    studies: Collection[str]
    tasks: Collection[str]
    up: str = ""

    def below(self) -> Links:
        """The same pages, seen from a folder of the site."""
        return replace(self, up="../")

    def rule(self, name: str) -> str:
        """The link to a rule's page; "" if it has none."""
        return f"{self.up}rules/{file_of(name)}.html" if name in self.rules else ""

    def study(self, name: str) -> str:
        """The link to a study's page; "" if it has none."""
        return f"{self.up}studies/{file_of(name)}.html" if name in self.studies else ""

    def task(self, name: str) -> str:
        """The link to a task's page; "" if it has none."""
        return f"{self.up}tasks/{file_of(name)}.html" if name in self.tasks else ""

    def family(self, rule: str) -> str:
        """The family of a rule, which is the folder of its class; "own" of a rule that is not registered."""
        return family(rule)


def family(rule: str) -> str:
    """As `Links.family`; no file of a user's is executed."""
    if rule not in registry.registered("rule"):
        return OTHER
    try:
        parts = registry.load("rule", rule).__module__.split(".")
    except BadInput:
        return OTHER
    if parts[0] != "plausible":
        return REFERENCES if parts[0] == "baselines" else OTHER
    return parts[2] if len(parts) > 3 else parts[-1]
