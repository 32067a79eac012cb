"""Addresses for people; Flagger's own are in gates/webhook.py and never reach Django."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dashboard import pages
from dashboard.decide_many import decide_many
from dashboard.decide_page import decide
from dashboard.freezes import pages as freeze_pages
from dashboard.icon import icon
from dashboard.interventions.pages import intervene
from dashboard.notify import pages as notification_pages
from dashboard.people import SignIn, SignOut
from dashboard.releases.evidence import evidence
from dashboard.releases.pages import releases
from dashboard.releases.stats_page import release_stats
from dashboard.sign_in import views as sign_in_views
from gates import entry_page, export_pages, roles_page, saved_views_page, tokens_page
from gates import pages as audit_pages

handler400 = "dashboard.errors.bad_request"
handler403 = "dashboard.errors.forbidden"
handler404 = "dashboard.errors.not_found"
handler500 = "dashboard.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.canaries, name="canaries"),
    path("canaries/<str:namespace>/<str:name>", pages.canary, name="canary"),
    path("canaries/<str:namespace>/<str:name>/<str:action>", decide, name="decide"),
    path("canaries/<str:namespace>/<str:name>/more/<str:action>", intervene, name="intervene"),
    path("clusters/<str:cluster>/canaries/<str:namespace>/<str:name>", pages.canary, name="canary"),
    path("clusters/<str:cluster>/canaries/<str:namespace>/<str:name>/<str:action>", decide, name="decide"),
    path(
        "clusters/<str:cluster>/canaries/<str:namespace>/<str:name>/more/<str:action>",
        intervene,
        name="intervene",
    ),
    path("decide", decide_many, name="decide-many"),
    path("releases", releases, name="releases"),
    path("releases/stats", release_stats, name="release-stats"),
    path("releases/<int:number>", evidence, name="release"),
    path("audit", audit_pages.audit, name="audit"),
    path("audit/export", export_pages.exported, name="audit-export"),
    path("audit/verifier", export_pages.verifier, name="audit-verifier"),
    path("audit/checkpoints", export_pages.checkpoints_file, name="audit-checkpoints"),
    path("audit/newer", audit_pages.newer, name="audit-newer"),
    path("audit/views", saved_views_page.listed, name="audit-views"),
    path("audit/views/<int:number>", saved_views_page.changed, name="audit-view"),
    path("audit/<int:number>", entry_page.audit_entry, name="audit-entry"),
    path("roles", roles_page.listed, name="roles"),
    path("roles/<int:number>/revoke", roles_page.revoke, name="revoke-role"),
    path("tokens", tokens_page.listed, name="tokens"),
    path("tokens/new/<str:kind>", tokens_page.new, name="new-token"),
    path("tokens/webhook/<int:number>/replace", tokens_page.rotate, name="replace-token"),
    path("tokens/<str:kind>/<str:key>/revoke", tokens_page.revoke, name="revoke-token"),
    path("freezes", freeze_pages.listed, name="freezes"),
    path("freezes/new", freeze_pages.new, name="new-freeze"),
    path("freezes/<int:number>/lift", freeze_pages.lift, name="lift-freeze"),
    path("freezes/<int:number>/exempt", freeze_pages.exempt, name="exempt-canary"),
    path(
        "freezes/<int:number>/exemptions/<int:exemption>/withdraw",
        freeze_pages.withdraw,
        name="withdraw-exemption",
    ),
    path("notifications", notification_pages.listed, name="notifications"),
    path("notifications/new", notification_pages.new, name="new-notification-rule"),
    path("notifications/<int:number>", notification_pages.change, name="notification-rule"),
    path("notifications/<int:number>/switch", notification_pages.switch, name="switch-notification-rule"),
    path("notifications/<int:number>/remove", notification_pages.remove, name="remove-notification-rule"),
    path("notifications/<int:number>/test", notification_pages.test, name="test-notification-rule"),
    path("notifications/messages/<int:number>/again", notification_pages.again, name="notify-again"),
    path("icon.svg", icon, name="icon"),
    path("sign-in/oidc", sign_in_views.begin, name="oidc"),
    path("sign-in/oidc/callback", sign_in_views.callback, name="oidc-callback"),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", SignOut.as_view(), name="sign-out"),
    path("api/v1/", include("dashboard.api_urls")),
    path("admin/", admin.site.urls),
]
