"""One canary's page: drawn in parts, for the first paint and for what is pushed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from dashboard import board, morph, sections
from dashboard.known import from_database
from dashboard.sections import timeline
from dashboard.sections.look import Look
from dashboard.store import Store
from gates.access_rights import Access

Show = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """`frame` is what the page's outer element says of the canary: another one means drawing all anew.

    `parts` by the ids of their elements; none when there is no such canary: then `whole` says so.
    """

    frame: tuple[object, ...]
    parts: Mapping[str, SafeString]
    whole: SafeString


def draw(store: Store, namespace: str, name: str, access: Access, show: Show = (), person: str = "") -> Drawn:
    """The page's content; asks the database. A canary that is not there, or not to be seen, says so.

    `person` looks at it, by the name that decisions have.
    """
    key = (namespace, name)
    known = from_database(store, [key] if access.views(namespace) else []).get(key)
    if known is None:
        return _gone(store, namespace, name, access, show)
    around = store.around.of(known.view.canary).within(access.views)
    look = Look(store, known, around, access, timezone.now(), show, person)
    parts = {
        part: board.render(f"canaries/sections/{part}.html", look.base | dict(context(look)))
        for group in (sections.ABOVE, sections.MIDDLE, sections.ASIDE, sections.BELOW)
        for part, context in group.items()
    }
    page = look.base | {
        "parts": parts,
        "middle": [parts[part] for part in sections.MIDDLE],
        "aside": [parts[part] for part in sections.ASIDE],
        "below": [parts[part] for part in sections.BELOW],
    }
    canary, weight = known.view.canary, known.view.weight.value
    return Drawn(
        frame=(canary.phase, weight, canary.failed_checks, known.waiting, known.unapproved),
        parts={f"sec-{part}": html for part, html in parts.items()},
        whole=board.render("canaries/detail.html", page),
    )


def changed(before: Drawn | None, now: Drawn) -> str:
    """The elements to send to a page that shows `before`: single parts as long as the frame is the same."""
    if before is None:
        return morph.oob(now.whole)
    if now.whole == before.whole:
        return ""
    if not now.parts or now.frame != before.frame:
        return morph.oob(now.whole)
    return "".join(morph.oob(html) for part, html in now.parts.items() if html != before.parts[part])


def _gone(store: Store, namespace: str, name: str, access: Access, show: Show) -> Drawn:
    kept = timeline.kept(store.cluster, namespace, name, dict(show)) if access.views(namespace) else {}
    common = {"namespace": namespace, "name": name, "freshness": store.freshness} | dict(kept)
    whole = board.render("canaries/gone.html", common)
    return Drawn((), {}, mark_safe(whole))  # noqa: S308
