"""Reading a page as a test needs it: elements by attribute, with the text inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "img", "rect", "path", "circle", "use"}


@dataclass(slots=True)
class Element:
    """One element; `text` is everything inside it, white space squeezed."""

    tag: str
    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text inside."""
        return " ".join("".join(self.pieces).split())

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.pieces.append(data)


def elements(page: str, attribute: str, value: str | None = None, tag: str = "") -> list[Element]:
    """Those that have the attribute (with that value), in the order of the page."""
    reader = _Reader()
    reader.feed(page)
    return [
        element
        for element in reader.found
        if attribute in element.attributes
        and (value is None or element[attribute] == value)
        and tag in ("", element.tag)
    ]


def one(page: str, attribute: str, value: str | None = None, tag: str = "") -> Element:
    """The only one."""
    found = elements(page, attribute, value, tag)
    assert len(found) == 1, f"{len(found)} elements with {attribute}={value}"
    return found[0]


def text(page: str) -> str:
    """All text, white space squeezed."""
    reader = _Reader()
    root = Element("", {})
    reader.open.append(root)
    reader.feed(page)
    return root.text
