"""What somebody looks for in the log: one set of filters behind the page, the REST API and exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from gates import topics
from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import AuditEntry

# Filters by the column that they compare as a whole.
WHOLE = ("cluster", "namespace", "action", "actor", "outcome", "release")

# Of these the columns that tell whether a reader may see the entry.
PLACE = ("namespace", "action")


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; None and "" leave the field open. `since` is included, `until` is not.

    `action`: a code, or a topic, which is any of its actions.
    `canary`: `namespace/name` is that canary of `cluster`, or of `default` where none is asked for; any
    other text is a part of either. `revision`: how it begins. `image`: a part of an image from or to.
    `text`: words, each a part of the reason. Capitals do not count in parts. `decision`: the entry with
    this number and all that name it.
    """

    canary: str = ""
    cluster: str = ""
    namespace: str | None = None
    action: str = ""
    actor: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    revision: str = ""
    image: str = ""
    text: str = ""
    decision: int | None = None
    release: str = ""

    @property
    def any(self) -> bool:
        """Something is filtered."""
        return bool(self.given())

    def given(self) -> dict[str, Any]:
        """The filters that are set, by name; times as text."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        texts = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in values.items()}
        return {name: value for name, value in texts.items() if value is not None and value != ""}

    @property
    def subject(self) -> str:
        """The digest of the canary, where one is named in full; otherwise ""."""
        namespace, slash, name = self.canary.partition("/")
        return (
            subject(self.cluster or DEFAULT_CLUSTER, namespace, name) if slash and namespace and name else ""
        )

    @property
    def topic(self) -> str:
        """What the actions are about, where no single one is asked for; otherwise ""."""
        return self.action if self.action in topics.TOPICS else ""

    @property
    def whole(self) -> dict[str, str]:
        """Columns that must be exactly this."""
        given = {name: getattr(self, name) for name in WHOLE}
        # An empty namespace is one like any other.
        found = {name: v for name, v in given.items() if v or (name == "namespace" and v is not None)}
        if self.topic:
            del found["action"]
        return {**found, "subject": self.subject} if self.subject else found

    @property
    def words(self) -> list[str]:
        """What the reason must contain."""
        return self.text.casefold().split()

    @property
    def canary_part(self) -> str:
        """What the namespace or the name must contain."""
        return "" if self.subject else self.canary.strip("/").casefold()

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that `parts_match` looks at: no database compares parts as Python does."""
        return (
            *(("namespace", "name") if self.canary_part else ()),
            *(("images", "images_from") if self.image else ()),
            *(("reason",) if self.words else ()),
            *(("revision",) if self.revision else ()),
        )

    def parts_match(self, row: Mapping[str, Any]) -> bool:
        """Of a row with `columns`: it contains the parts asked for."""
        if self.canary_part and not _within(self.canary_part, (row["namespace"], row["name"])):
            return False
        if self.image and not _within(self.image.casefold(), (*row["images"], *row["images_from"])):
            return False
        if self.revision and not row["revision"].startswith(self.revision):
            return False
        reason = row["reason"].casefold() if self.words else ""
        return all(word in reason for word in self.words)

    def matches(self, entry: AuditEntry) -> bool:
        """The entry is one of those looked for."""
        return (
            all(getattr(entry, name) == value for name, value in self.whole.items())
            and (not self.topic or topics.of(entry.action) == self.topic)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
            and (self.decision is None or self.decision in (entry.seq, entry.decision))
            and self.parts_match({name: getattr(entry, name) for name in self.columns})
        )

    def condition(self) -> Q:
        """The same for the database, without what `parts_match` looks at."""
        found = self.place() & Q(**{k: v for k, v in self.whole.items() if k not in PLACE})
        if self.since:
            found &= Q(at__gte=self.since)
        if self.until:
            found &= Q(at__lt=self.until)
        if self.decision is not None:
            # By itself: beside other conditions a database may go by another index, to far more entries.
            named = AuditEntry.objects.filter(Q(seq=self.decision) | Q(decision=self.decision))
            found &= Q(seq__in=named.order_by().values("seq"))
        return found

    def place(self) -> Q:
        """The part of it about namespace and action."""
        found = Q(**{name: value for name, value in self.whole.items() if name in PLACE})
        if self.topic:
            families = topics.TOPICS[self.topic]
            found &= reduce(or_, (Q(action__startswith=f"{family}.") for family in families))
        return found


def _within(part: str, texts: Iterable[str]) -> bool:
    return any(part in text.casefold() for text in texts)
