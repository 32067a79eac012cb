"""Which requests A/B testing sends to the canary, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from dashboard.canary import Canary
from dashboard.fields import Fields, Problems
from dashboard.secret_names import MASK, is_secret

# How Flagger's documentation looks for one cookie among many.
_ONE_COOKIE = re.compile(r"\^\(\.\*\?;\)\?\(([^()]+)\)\(;\.\*\)\?\$")


def conditions(canary: Canary) -> list[str]:
    """One for each entry of `spec.analysis.match`: a request that meets any of them goes to the canary."""
    spec = Fields(canary.raw, "", Problems()).inner("spec")
    analysis = spec.inner("analysis" if "analysis" in spec else "canaryAnalysis")
    return [" · ".join(_parts(match)) or _("every request") for match in analysis.inners("match")]


def _parts(match: Fields) -> Iterator[str]:
    for name in match.inner("headers").values:
        yield _header(name, match.inner("headers").inner(name))
    for name in match.inner("queryParams").values:
        yield _compared(_("query %(name)s") % {"name": name}, name, match.inner("queryParams").inner(name))
    for name, inner in match.values.items():
        if name not in ("headers", "queryParams") and isinstance(inner, Mapping):
            yield _compared(name, name, match.inner(name))
        elif isinstance(inner, str | int) and not isinstance(inner, bool):
            yield _("%(what)s is %(value)s") % {"what": name, "value": inner}


def _header(name: str, match: Fields) -> str:
    if name.lower() == "cookie" and (one := _ONE_COOKIE.fullmatch(match.text("regex"))):
        return _("a cookie %(cookie)s") % {"cookie": one[1]}
    return _compared(_("header %(name)s") % {"name": name}, name, match)


def _compared(what: str, name: str, match: Fields) -> str:
    texts = {
        "exact": _("%(what)s is %(value)s"),
        "prefix": _("%(what)s begins with %(value)s"),
        "suffix": _("%(what)s ends with %(value)s"),
        "regex": _("%(what)s matches %(value)s"),
    }
    for how, text in texts.items():
        if how in match:
            return text % {"what": what, "value": _value(name, match.values[how])}
    return _("%(what)s is there") % {"what": what}


def _value(name: str, value: Any) -> str:
    # A test cookie is what people must know in order to see the canary; a password is not.
    return MASK if name.lower() != "cookie" and is_secret(name) else str(value)
