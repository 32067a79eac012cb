"""Objects that a Canary refers to by name: there, missing, or not to be looked at, each said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dashboard.sections.look import Look

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The thing, or None and why not."""

    thing: T | None
    why: str | Promise = ""


def find(look: Look, kind: str, known: Mapping[tuple[str, str], T] | None, key: tuple[str, str]) -> Found[T]:
    """The object of `kind` (its plural) with that namespace and name. What is in a namespace that this
    person may not see is not shown, not even whether it is there."""
    if not look.access.views(key[0]):
        return Found(None, _("It is in a namespace that you may not see."))
    if known is not None and key in known:
        return Found(known[key])
    if why := unread(look, kind):
        return Found(None, format_lazy(_("Aviary cannot read it ({why})."), why=why))
    if known is None:
        return Found(None, _("Aviary has not read it."))
    return Found(None, _("There is no such object in the cluster."))


def unread(look: Look, kind: str) -> str:
    """Why objects of that kind could not be read, or ""."""
    return next((line for line in look.around.unread if line.startswith(kind)), "")
