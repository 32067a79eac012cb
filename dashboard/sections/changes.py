"""What would change: images, environment and template, from the primary to the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dashboard import image_changes
from dashboard.around.difference import Area, Change, changes, difference
from dashboard.sections import referring
from dashboard.sections.look import Look

# Flagger compares the target with what it promoted last; the primary gets the new template in Promoting.
COMING = frozenset({"Waiting", "Progressing", "WaitingPromotion"})
COPIED = frozenset({"Promoting", "Finalising"})
# Rows of the table; the whole difference is below it.
MOST_ROWS = 60


def context(look: Look) -> Mapping[str, object]:
    """`images` by container, `changed` what else differs, `diff` all of it; `note` what to know about it."""
    old, new = look.around.primary, look.around.target
    found = changes(old, new)
    # Images have a list of their own.
    rows = [one for one in found if one.area is not Area.IMAGE]
    return {
        "images": image_changes.rows(old, new, look.view.images),
        "changed": [(_where(one), one) for one in rows[:MOST_ROWS]],
        "more": max(len(rows) - MOST_ROWS, 0),
        "diff": list(_lines(difference(old, new))) if found else [],
        "note": _note(look, differs=bool(found)),
    }


def _where(change: Change) -> str:
    """The path inside of its container, which is named beside it."""
    return change.path.partition(f"[{change.container}].")[2] if change.container else change.path


def _lines(diff: str) -> Iterator[tuple[str, str]]:
    """Each line with its style: what it adds, takes away, or where it stands."""
    styles = {"+": "add", "-": "del", "@": "dim"}
    for place, line in enumerate(diff.splitlines()):
        # The first two lines name the sides.
        yield "dim" if place < 2 else styles.get(line[:1], ""), line


def _note(look: Look, *, differs: bool) -> str | Promise:
    canary, old, new = look.canary, look.around.primary, look.around.target
    kind = f"{canary.target_kind.lower()}s"
    if new is None:
        why = referring.unread(look, kind) or _("there is none in the cluster")
        name = f"{canary.target_kind} {canary.target_name}"
        return format_lazy(_("The target {name} is not known: {why}."), name=name, why=why)
    if old is None:
        if why := referring.unread(look, kind):
            return format_lazy(_("The primary is not known: {why}."), why=why)
        return _("There is no primary to compare with so far: Flagger makes it when it initialises.")
    if differs:
        failed = canary.phase == "Failed"
        return _("The target still holds the revision that failed.") if failed else ""
    if canary.phase in COMING:
        return _(
            "Target and primary do not differ: a ConfigMap or Secret that the target uses has changed, "
            "or the revision was taken back."
        )
    if canary.phase in COPIED:
        return _("Target and primary do not differ: the new revision has been copied to the primary.")
    return _("Nothing: the primary runs what the target says.")
