"""The addresses under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from dashboard.api import Canaries, Decision, OneCanary
from dashboard.api_explorer import explorer
from dashboard.freezes.api import Exemptions, Freezes, Lifting, OneExemption, OneFreeze, Previews
from dashboard.interventions.acts import OFFERED
from dashboard.interventions.api import Interventions
from dashboard.notify.api import NotificationRules, OneNotificationRule
from dashboard.releases.api import OneRelease, Releases
from gates.access import MayView
from gates.api import Entries, Gates, OneEntry, OneGate
from gates.approvals_api import Approvals, OneApproval
from gates.rest import Resource
from gates.roles_api import Revoking, Roles


class Nothing(Resource):
    """Every other address: a refusal in the API's own shape instead of a page."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the caller's check, whatever the method."""
        super().initial(request, *args, **kwargs)
        raise NotFound


class Schema(SpectacularAPIView):
    """The OpenAPI document."""

    permission_classes = [MayView]
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]


urlpatterns = [
    path("canaries/", Canaries.as_view(), name="api-canaries"),
    path("canaries/<str:namespace>/<str:name>/", OneCanary.as_view(), name="api-canary"),
    # With or without a slash at the end: a POST cannot be redirected.
    re_path(
        r"^canaries/(?P<namespace>[^/]+)/(?P<name>[^/]+)/(?P<action>approve|hold|rollback|close|comment)/?$",
        Decision.as_view(),
        name="api-decision",
    ),
    *(
        re_path(
            rf"^canaries/(?P<namespace>[^/]+)/(?P<name>[^/]+)/{act}/?$",
            Interventions.as_view(act=act),
            name=f"api-{act}",
        )
        for act in OFFERED
    ),
    path("gates/", Gates.as_view(), name="api-gates"),
    path("gates/<int:number>/", OneGate.as_view(), name="api-gate"),
    path("approvals/", Approvals.as_view(), name="api-approvals"),
    path("approvals/<int:number>/", OneApproval.as_view(), name="api-approval"),
    path("audit/", Entries.as_view(), name="api-audit"),
    path("audit/<int:number>/", OneEntry.as_view(), name="api-audit-entry"),
    path("roles/", Roles.as_view(), name="api-roles"),
    path("roles/<int:number>/revoke/", Revoking.as_view(), name="api-revoke-role"),
    path("freezes/", Freezes.as_view(), name="api-freezes"),
    path("freezes/preview/", Previews.as_view(), name="api-freeze-preview"),
    path("freezes/<int:number>/", OneFreeze.as_view(), name="api-freeze"),
    path("freezes/<int:number>/lift/", Lifting.as_view(), name="api-lift-freeze"),
    path("freezes/<int:number>/exemptions/", Exemptions.as_view(), name="api-exemptions"),
    path("freezes/<int:number>/exemptions/<int:exemption>/", OneExemption.as_view(), name="api-exemption"),
    path("notification-rules/", NotificationRules.as_view(), name="api-notification-rules"),
    path(
        "notification-rules/<int:number>/",
        OneNotificationRule.as_view(),
        name="api-notification-rule",
    ),
    path("releases/", Releases.as_view(), name="api-releases"),
    path("releases/<int:number>/", OneRelease.as_view(), name="api-release"),
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", explorer, name="api-docs"),
    re_path(r"", Nothing.as_view()),
]
