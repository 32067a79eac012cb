"""Addresses for people; Flagger's own are in gates/webhook.py and never reach Django."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dashboard import pages
from dashboard.decide_many import decide_many
from dashboard.decide_page import decide
from dashboard.freezes import pages as freeze_pages
from dashboard.people import SignIn, SignOut
from gates import pages as audit_pages
from gates import roles_page

handler400 = "dashboard.errors.bad_request"
handler403 = "dashboard.errors.forbidden"
handler404 = "dashboard.errors.not_found"
handler500 = "dashboard.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.canaries, name="canaries"),
    path("canaries/<str:namespace>/<str:name>", pages.canary, name="canary"),
    path("canaries/<str:namespace>/<str:name>/<str:action>", decide, name="decide"),
    path("decide", decide_many, name="decide-many"),
    path("audit", audit_pages.audit, name="audit"),
    path("audit/<int:number>", audit_pages.audit_entry, name="audit-entry"),
    path("roles", roles_page.listed, name="roles"),
    path("roles/<int:number>/revoke", roles_page.revoke, name="revoke-role"),
    path("freezes", freeze_pages.listed, name="freezes"),
    path("freezes/new", freeze_pages.new, name="new-freeze"),
    path("freezes/<int:number>/lift", freeze_pages.lift, name="lift-freeze"),
    path("freezes/<int:number>/exempt", freeze_pages.exempt, name="exempt-canary"),
    path(
        "freezes/<int:number>/exemptions/<int:exemption>/withdraw",
        freeze_pages.withdraw,
        name="withdraw-exemption",
    ),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", SignOut.as_view(), name="sign-out"),
    path("api/v1/", include("dashboard.api_urls")),
    path("admin/", admin.site.urls),
]
