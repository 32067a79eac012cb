"""Event hooks that keep what happens from us."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.wiring.warning import Code, Level, WiringWarning, hook_lines, say
from dashboard.wiring.wired import EVENT, Wiring, new, typed_path


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """Flagger calls every event hook of a canary, and its global one only when there is none."""
    hooks = wiring.of(EVENT)
    if hooks and not any(each.typed for each in hooks):
        yield WiringWarning(
            Level.WARNING,
            Code.EVENT_HIDDEN,
            say(
                _(
                    "The event hook “{name}” goes elsewhere and switches Flagger's global one off for this"
                    " canary: the timeline here misses its events."
                ),
                name=hooks[0].name,
            ),
            _("Add a second event hook: Flagger calls them all."),
            hook_lines(new("events to aviary", EVENT, wiring.url(typed_path(EVENT)))),
            hooks[0].name,
        )
