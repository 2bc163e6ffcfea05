"""What a page of HTML holds, as a browser would read it: elements in their order, their attributes and their texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "link", "img", "br", "input", "hr", "wbr"}
ASKS = {  # what a browser loads by itself
    **dict.fromkeys(("script", "img", "iframe", "embed", "source", "video", "audio", "image", "use"), "src"),
    "link": "href",
}


@dataclass
class Element:
    """An element, with its text and that of what is in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    above: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """A page that was read. Elements that do not close in their order are kept in `wrong`."""

    source: str
    elements: list[Element] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[Element] = []
        self.feed(self.source)
        self.close()
        self.wrong += [each.tag for each in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(
            tag, {name: value or "" for name, value in attrs}, above=tuple(e.tag for e in self.open)
        )
        self.elements.append(made)
        if tag not in EMPTY:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        for each in self.open:
            each.text += data

    def all(self, *tags: str) -> list[Element]:
        """The elements of these kinds, in their order."""
        return [each for each in self.elements if each.tag in tags]

    @property
    def asked(self) -> list[str]:
        """What a browser loads by itself with this page."""
        found = [each.attributes.get(ASKS[each.tag], "") for each in self.elements if each.tag in ASKS]
        return [each for each in found if each and not each.startswith("data:")]

    @property
    def links(self) -> list[str]:
        """Where a reader may go from here."""
        return [each.attributes["href"] for each in self.all("a") if "href" in each.attributes]
