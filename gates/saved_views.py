"""A person's own saved views of the log: made, renamed, removed. Nobody else sees or changes them."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gates.asked_for import Refused
from gates.models import SavedView

MOST = 50


def of(user: Any) -> list[SavedView]:
    """This person's views by name."""
    return list(SavedView.objects.filter(user=user.pk))


def save(user: Any, name: str, query: str) -> SavedView:
    """Keep `query`, as in the page's address, under `name`; one of that name takes the new filters.

    Raises Refused (400) when there are too many.
    """
    taken = SavedView.objects.filter(user=user.pk)
    if taken.count() >= MOST and not taken.filter(name=name).exists():
        message = _("You have %(count)s saved views: delete one before you save another.")
        raise Refused("too-many-views", message % {"count": MOST}, 400)
    return SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})[0]


def rename(user: Any, number: int, name: str) -> SavedView:
    """Give it another name; Refused when there is no such view (404) or the name is taken (400)."""
    view = existing(user, number)
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as error:
        message = _("You have a view named “%(name)s” already: choose another name.")
        raise Refused("view-name-taken", message % {"name": name}, 400) from error
    return view


def remove(user: Any, number: int) -> None:
    """Refused (404) when this person has no such view."""
    view = existing(user, number)
    view.delete()


def existing(user: Any, number: int) -> SavedView:
    """This person's view with that number, or Refused (404)."""
    view = SavedView.objects.filter(user=user.pk, pk=number).first()
    if view is None:
        raise Refused("no-such-view", _("You have no such saved view, or no longer."), 404)
    return view
