"""What a person or a token asks for on one canary, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from gates.audit import Actor, Origin
from gates.facts import Facts, Unreadable
from gates.keys import GateKey


class Refused(Exception):
    """A decision that was not taken: a stable code, a line for a person, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, slots=True)
class Subject:
    """One canary."""

    cluster: str
    namespace: str
    name: str

    def key(self, kind: str) -> GateKey:
        """Its switch of that kind."""
        return GateKey(kind, self.cluster, self.namespace, self.name)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `revision` is the one the person saw; `until` keeps a gate open past the release.

    `hook` names a typed hook ("" means: the one that Flagger asks next, else the drop-in gate), with its
    `gate` name, for traffic its `reach` and, up to it, `weight` in per cent. `groups` are the person's.
    `decision` names the approval or rejection to withdraw.
    """

    subject: Subject
    actor: Actor
    origin: Origin
    reason: str = ""
    revision: str = ""
    until: datetime | None = None
    kind: str = ""
    hook: str = ""
    gate: str = ""
    reach: str = ""
    weight: int | None = None
    groups: frozenset[str] = frozenset()
    decision: int | None = None


def same_revision(request: Request, known: Facts | Unreadable) -> None:
    """Refuse a decision made on a page that shows another revision."""
    if request.revision and isinstance(known, Facts) and known.revision not in {"", request.revision}:
        raise Refused(
            "revision-changed",
            _("The revision changed since this page was drawn. Now: %(revision)s (%(images)s). Look again.")
            % {"revision": known.revision[:10], "images": ", ".join(known.images)},
        )
