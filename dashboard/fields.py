"""Reading fields of unknown JSON: absent is the default, odd is the default and a problem, nothing raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

MAX_PROBLEMS = 5
MAX_WHOLE = 2**31 - 1


def clean(text: str) -> str:
    """The text with lone surrogates as U+FFFD, which is what Go makes of them; others could not be sent."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Problems:
    """What could not be read in one object, in words for a person."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, path: str, wanted: str) -> None:
        """`path` is the field's name from the top of the object, `wanted` what it should hold."""
        self.lines.append(f"{path} is not {wanted}")

    def __str__(self) -> str:
        shown = "; ".join(self.lines[:MAX_PROBLEMS])
        more = len(self.lines) - MAX_PROBLEMS
        return f"{shown}; and {more} more" if more > 0 else shown


class Fields:
    """One JSON object; `path` is where it stands. null counts as absent, as Go's decoder does."""

    def __init__(self, value: object, path: str, problems: Problems) -> None:
        if value is not None and not isinstance(value, Mapping):
            problems.add(path, "an object")
        self.values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.path, self.problems = path, problems

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A text; see `clean`."""
        value = self.values.get(name)
        if isinstance(value, str):
            return clean(value)
        if value is not None:
            self.problems.add(self._at(name), "a text")
        return default

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.values.get(name)
        # 3.0 is how some clients write 3; True is an int in Python and no number in JSON.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_WHOLE:
            return value
        if value is not None:
            self.problems.add(self._at(name), "a whole number")
        return default

    def version(self) -> int:
        """The object's resource version as a number: etcd's own count, one for objects of all kinds, so the
        greater one is the later one. 0 where it is no number."""
        value = self.values.get("resourceVersion")
        return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 19 else 0

    def truth(self, name: str) -> bool:
        """True or false; absent is false."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.problems.add(self._at(name), "true or false")
        return value is True

    def inner(self, name: str) -> Fields:
        """The object inside; an empty one when absent."""
        return Fields(self.values.get(name), self._at(name), self.problems)

    def listed(self, name: str) -> Sequence[Any]:
        """A list; empty when absent."""
        value = self.values.get(name)
        if isinstance(value, list):
            return value
        if value is not None:
            self.problems.add(self._at(name), "a list")
        return ()

    def inners(self, name: str) -> list[Fields]:
        """The objects of a list."""
        return [
            Fields(value, f"{self._at(name)}[{index}]", self.problems)
            for index, value in enumerate(self.listed(name))
        ]

    def texts(self, name: str) -> dict[str, str]:
        """An object whose values are texts; other values are left out and named."""
        inner = self.inner(name)
        return {clean(key): inner.text(key) for key in inner.values if inner.values[key] is not None}

    def moment(self, name: str) -> datetime | None:
        """A time in RFC 3339."""
        value = self.text(name)
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.problems.add(self._at(name), "a time")
            return None

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
