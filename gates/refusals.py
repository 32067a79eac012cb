"""What a person or a token asked for and was refused, for the log: by role, freeze, policy or revision.

Input that cannot be read (400) and what is not there (404) are no refusals of a decision: to whoever may not
see a thing, it is not there. Flagger's "no" is none either: it asks again and again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from gates import audit, callers, decisions, facts
from gates.asked_for import Refused, Subject
from gates.audit import Actor, Draft, Origin
from gates.facts import Facts
from gates.permissions import View
from gates.policy_of import in_force

log = logging.getLogger(__name__)

CODES = {
    "approve": "approval.refused",
    "hold": "hold.refused",
    "rollback": "rollback.refused",
    "close": "close.refused",
    "comment": "comment.refused",
}
FREEZE, ROLE, INTERVENTION = "freeze.refused", "role.refused", "intervention.refused"
TOKEN = "token.refused"  # noqa: S105
NOTIFICATION = "notification.refused"
# Whoever only looks asks for nothing.
LOOKING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
NO_REFUSAL = frozenset({400, 404, 503})
# There was nothing that could have been refused.
NOTHING = frozenset({"nothing-open", "nothing-asked"})


@contextmanager
def entered(
    action: str,
    actor: Actor,
    origin: Origin,
    subject: Subject | None = None,
    *,
    kind: str = "",
    reason: str = "",
) -> Iterator[None]:
    """Enter a refusal that is raised inside, and raise it on.

    Nothing was decided, so a database that does not take the entry changes nothing: that is logged.
    """
    try:
        yield
    except Refused as refused:
        if refused.status not in NO_REFUSAL and refused.code not in NOTHING:
            _enter(action, actor, origin, subject, kind, reason, refused.code, refused.message)
        raise
    except PermissionDenied as denied:
        _enter(action, actor, origin, subject, kind, reason, "role-required", str(denied))
        raise


@contextmanager
def asked(
    request: HttpRequest, action: str, subject: Subject | None = None, kind: str = ""
) -> Iterator[None]:
    """The same for a page: what its form asks for is entered, looking at it is not."""
    if request.method in LOOKING or not request.user.is_authenticated:
        yield
        return
    who = callers.actor(request.user), callers.origin(request, "page")
    with entered(action, *who, subject, kind=kind):
        yield


def of_form(action: str, kind: str) -> Callable[[View], View]:
    """Decorates a page that changes something: a form of somebody without the role is entered.

    Outermost, so that those without any role are among them.
    """

    def around(view: View) -> View:
        @wraps(view)
        def within(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            with asked(request, action, kind=kind):
                return view(request, *args, **kwargs)

        return within

    return around


def enter(
    action: str,
    actor: Actor,
    origin: Origin,
    subject: Subject | None,
    code: str,
    message: str,
    kind: str = "",
) -> None:
    """Enter a refusal that is not raised here."""
    _enter(action, actor, origin, subject, kind, "", code, message)


def _enter(
    action: str,
    actor: Actor,
    origin: Origin,
    subject: Subject | None,
    kind: str,
    reason: str,
    code: str,
    message: str,
) -> None:
    draft = Draft(
        at=timezone.now(),
        action=action,
        outcome=audit.REFUSED,
        actor=actor,
        origin=origin,
        kind=kind[:64],
        reason=reason.strip().replace("\x00", "")[:2000],
        after={"code": code, "message": message[:1000]},
    )
    if subject is not None:
        _about(draft, subject, kind)
    try:
        with decisions.deciding([]) as door:
            draft.at = door.now
            door.enter(draft)
    except Error as error:
        log.warning("a refusal is not entered into the log: %s", error)


def _about(draft: Draft, subject: Subject, kind: str) -> None:
    key = subject.key("canary")
    draft.subject, draft.cluster, draft.namespace, draft.name = (
        key.subject,
        key.cluster,
        key.namespace,
        key.name,
    )
    known = facts.current(key.cluster, key.namespace, key.name)
    if isinstance(known, Facts):
        hook, _slash, gate = kind.partition("/")
        draft.facts, draft.policy = known, in_force(known, hook, gate)
