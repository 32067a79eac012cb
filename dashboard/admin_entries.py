"""Accounts, groups and tokens that are made, changed or removed under /admin/: each has an entry.

Secrets are never in it: of a password only that it changed.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from knox.models import AuthToken

from gates import callers, log_entries
from gates.audit import Actor, Origin

Described = dict[str, Any]
PERSON_FIELDS = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")


def person(user: User) -> Described:
    """What the log tells of an account."""
    fields: Described = {name: getattr(user, name) for name in PERSON_FIELDS}
    fields["groups"] = sorted(user.groups.values_list("name", flat=True))
    fields["permissions"] = sorted(user.user_permissions.values_list("codename", flat=True))
    return fields


def group(found: Group) -> Described:
    """Of a group."""
    return {
        "name": found.name,
        "permissions": sorted(found.permissions.values_list("codename", flat=True)),
    }


def token(found: AuthToken) -> Described:
    """Of a token: enough to tell which one, nothing to use it."""
    expiry = found.expiry.isoformat() if found.expiry else None
    return {"user": found.user.get_username(), "key": found.token_key, "expiry": expiry}


def password_changed(request: HttpRequest, name: str) -> None:
    """Enter that the person at this request gave the account of this name another password."""
    enter_password(name, callers.actor(request.user), callers.origin(request, "page"))


def enter_password(name: str, actor: Actor, origin: Origin) -> None:
    """The same for anybody."""
    before, after = {"password": "another"}, {"password": "changed"}
    log_entries.enter("person.changed", actor, origin, kind="person", name=name, before=before, after=after)


class Entered:
    """A mixin for admin classes: `codes` are made, changed, removed; entries are in the same transaction."""

    codes: ClassVar[tuple[str, str, str]]
    kind: ClassVar[str]

    def described(self, obj: Any) -> Described:
        """What the log tells of it."""
        raise NotImplementedError

    def named(self, obj: Any) -> str:
        """Which one it is."""
        return str(obj)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Remember what it was."""
        kept = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        form.log_before = self.described(kept) if kept else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups are saved last; then all of the change is known."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        before, after = form.log_before, self.described(form.instance)
        if not change:
            return self._enter(request, 0, form.instance, {}, after)
        changed = [name for name in after if before.get(name) != after[name]]
        if changed:
            old, new = ({name: state.get(name) for name in changed} for state in (before, after))
            self._enter(request, 1, form.instance, old, new)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove it."""
        with transaction.atomic():
            self._enter(request, 2, obj, self.described(obj), {})
            super().delete_model(request, obj)  # type: ignore[misc]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Remove those that were ticked."""
        with transaction.atomic():
            for obj in queryset:
                self._enter(request, 2, obj, self.described(obj), {})
            super().delete_queryset(request, queryset)  # type: ignore[misc]

    def _enter(
        self, request: HttpRequest, which: int, obj: Model, before: Described, after: Described
    ) -> None:
        who = callers.actor(request.user), callers.origin(request, "page")
        name, code = self.named(obj), self.codes[which]
        log_entries.enter(code, *who, kind=self.kind, name=name, before=before, after=after)


class EnteredPerson(Entered):
    """Accounts."""

    codes = "person.created", "person.changed", "person.removed"
    kind = "person"

    def described(self, obj: Any) -> Described:
        """The account's fields and groups."""
        return person(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """The password's form saves by itself."""
        with transaction.atomic():
            before = User.objects.filter(pk=id).values_list("password", flat=True).first()
            answer: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
            user = User.objects.filter(pk=id).first()
            if user is not None and user.password != before:
                password_changed(request, user.get_username())
        return answer


class EnteredGroup(Entered):
    """Groups."""

    codes = "group.created", "group.changed", "group.removed"
    kind = "group"

    def described(self, obj: Any) -> Described:
        """Its name and permissions."""
        return group(obj)


class EnteredToken(Entered):
    """Tokens are made and revoked, never changed."""

    codes = "token.created", "token.created", "token.revoked"
    kind = "token"

    def described(self, obj: Any) -> Described:
        """Whose it is, and which."""
        return token(obj)

    def named(self, obj: Any) -> str:
        """Whose it is."""
        return str(obj.user.get_username())
