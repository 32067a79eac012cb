"""People and tokens in the admin. An administrator manages everybody but superusers; one of those stays."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from dashboard.admin_entries import EnteredGroup, EnteredPerson, EnteredToken
from gates.admin import ReadOnly
from gates.models import RoleGrant

# What would lift an administrator above the role: only a superuser sets it.
LIFTING = ("is_superuser", "is_staff", "user_permissions")


def _in_reach(request: HttpRequest, user: User | None) -> bool:
    return bool(request.user.is_superuser or user is None or not user.is_superuser)


def _superusers() -> set[int]:
    """Those who can sign in, locked: of two who remove each other, the second one is refused."""
    found = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    return set(found.values_list("pk", flat=True))


def _keep_one(removed: set[int]) -> None:
    superusers = _superusers()
    if superusers and superusers <= removed:
        raise PermissionDenied(_("This is the last active superuser: make another one first."))


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """An account."""

    def clean(self) -> dict[str, Any]:
        """The last superuser stays one, and active."""
        values = super().clean() or {}
        stays = values.get("is_superuser", self.instance.is_superuser)
        if _superusers() == {self.instance.pk} and not (stays and values.get("is_active")):
            raise ValidationError(_("This is the last active superuser: make another one first."))
        return values


class RolesGoAlong:
    """Nobody deletes a role here; with whom it is for it ends all the same, and `roles.py` enters it."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would be deleted, and what that needs."""
        texts, counts, needed, protected = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        return texts, counts, needed - {RoleGrant._meta.verbose_name}, protected


class TeamAdmin(RolesGoAlong, EnteredGroup, GroupAdmin):
    """Groups."""


class PersonAdmin(RolesGoAlong, EnteredPerson, UserAdmin):  # type: ignore[type-arg]
    """Users; the roles are the groups viewer, approver, admin and auditor."""

    form = PersonForm
    list_display = ["username", "roles", "is_active", "is_superuser", "last_login"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Groups in one go."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display
    def roles(self, user: User) -> str:
        """The groups' names."""
        return ", ".join(group.name for group in user.groups.all())

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """No self-promotion."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *LIFTING)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Also guards the password form."""
        return super().has_change_permission(request, obj) and _in_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Not a superuser by an administrator."""
        return super().has_delete_permission(request, obj) and _in_reach(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The bulk action asks for no permission object by object."""
        reach = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        with transaction.atomic():
            _keep_one(set(reach.values_list("pk", flat=True)))
            super().delete_queryset(request, reach)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Not the last superuser."""
        with transaction.atomic():
            _keep_one({obj.pk})
            super().delete_model(request, obj)


class TokenAdmin(EnteredToken, AuthTokenAdmin):  # type: ignore[misc]
    """API tokens: made (and shown once), listed, removed. Only hashes are kept."""

    list_display = ("user", "token_key", "created", "expiry")
    search_fields = ("user__username", "token_key")

    def has_change_permission(self, request: HttpRequest, obj: AuthToken | None = None) -> bool:
        """A token is never changed."""
        return False

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """An administrator makes no token that would act as a superuser."""
        if db_field.name == "user" and not request.user.is_superuser:
            kwargs["queryset"] = User.objects.filter(is_superuser=False)
        found: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return found


class AttemptAdmin(ReadOnly, AccessAttemptAdmin):  # type: ignore[misc]
    """Wrong passwords. Removing one would lift a lock, which no entry would tell; it ends by itself."""

    actions = None


class SignInAdmin(ReadOnly, AccessLogAdmin):  # type: ignore[misc]
    """When sessions began and ended."""


class FailureAdmin(ReadOnly, AccessFailureLogAdmin):  # type: ignore[misc]
    """What was refused."""


admin.site.unregister(Group)
admin.site.register(Group, TeamAdmin)
admin.site.unregister(User)
admin.site.register(User, PersonAdmin)
admin.site.unregister(AuthToken)
admin.site.register(AuthToken, TokenAdmin)
for _model, _looked_at in (
    (AccessAttempt, AttemptAdmin),
    (AccessLog, SignInAdmin),
    (AccessFailureLog, FailureAdmin),
):
    admin.site.unregister(_model)
    admin.site.register(_model, _looked_at)

# allauth's tables: only its protocol is used here, and nothing is kept in them.
for _unused in (EmailAddress, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(_unused):
        admin.site.unregister(_unused)
