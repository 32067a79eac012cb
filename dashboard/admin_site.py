"""Django's admin, for the role admin and superusers; people sign in at Aviary's own page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard import admin_entries
from dashboard.people import SignOut
from gates.permissions import may_administer


class AviaryAdmin(AdminSite):
    """The site behind /admin/."""

    site_header = gettext_lazy("Aviary: people, roles and tokens")
    site_title = gettext_lazy("Aviary")
    index_title = gettext_lazy("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        """By role: nobody has to remember Django's staff flag as well."""
        return may_administer(request.user)

    def password_change(  # type: ignore[override]  # It leads on, too.
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own, with the entry that another's has."""
        with transaction.atomic():
            answer: HttpResponse = super().password_change(request, extra_context)
            # The form leads on only after it has saved.
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                admin_entries.password_changed(request, request.user.get_username())
        return answer

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Aviary's own, which enters it."""
        answer: HttpResponse = SignOut.as_view()(request)
        return answer

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No second sign-in page: it would be one more to guard."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied(_("Administration needs the role admin."))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
