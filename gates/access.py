"""Who may call the REST API, and what a body may hold. REST framework's settings name these classes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission

from gates import callers, clusters, refusals, token_terms, token_uses
from gates.asked_for import Refused, Subject
from gates.keys import DEFAULT_CLUSTER
from gates.models import TokenScope
from gates.permissions import ADMIN, APPROVER, access_of, needs, needs_to_read_roles

if TYPE_CHECKING:
    from rest_framework.request import Request

    # Importing it loads the classes of this file.
    from rest_framework.views import APIView

LONGEST_BODY = 64 * 1024  # bytes


class TooLarge(exceptions.APIException):
    """The body is longer than any decision needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too-large"
    default_detail = gettext_lazy("The body is larger than 64 KiB.")


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """`Authorization: Token …`; a text that cannot be a token is refused before the database sees it."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """The user and the token, or AuthenticationFailed."""
        if not re.fullmatch(rb"[0-9a-f]{64}", token):
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        user, found = super().authenticate_credentials(token)
        scope = TokenScope.objects.filter(token=found).first()
        if scope is not None:
            # Wherever this object's rights are read, they end where the token's do.
            user.aviary_scope = scope
            token_uses.used(token_uses.API, scope.pk)
        return user, found

    def _cleanup_token(self, auth_token: Any) -> bool:
        """Whether it has ended. It stays: whoever looks at their tokens sees when it did."""
        return token_terms.over(auth_token.expiry)


class JSONBody(BaseParser):
    """One JSON value in UTF-8, of bounded size, whose texts every database can keep."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, context: Any = None) -> Any:
        """The value; raises ParseError or TooLarge."""
        raw = stream.read(LONGEST_BODY + 1)
        if len(raw) > LONGEST_BODY:
            raise TooLarge
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
            # Lone surrogates are legal in JSON, but no text in UTF-8 holds them.
            text = json.dumps(value, ensure_ascii=False)
            text.encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(_("The body is not JSON in UTF-8.")) from error
        if "\\u0000" in text and _holds_nul(value):
            raise exceptions.ParseError(_("The body contains a NUL character: remove it."))
        return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_holds_nul(each) for each in value)


class MayView(BasePermission):
    """Any role."""

    message = gettext_lazy("Your account has no role here: ask an administrator for the role viewer.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Viewer, approver, admin."""
        return access_of(request.user).views_anything


class MayDecide(MayView):
    """Approver, admin, in the namespace that the address names."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """What may not be seen is not there; otherwise the refusal names the role."""
        if not super().has_permission(request, view):
            return False
        access, namespace = access_of(request.user), view.kwargs["namespace"]
        if not access.views(namespace):
            raise Refused("no-such-canary", _("The cluster has no such canary."), 404)
        if not access.decides(namespace):
            self._enter(request, view)
            raise exceptions.PermissionDenied(needs(APPROVER, namespace))
        return True

    def _enter(self, request: Request, view: APIView) -> None:
        """The log has what somebody asked for without the role."""
        named = view.kwargs
        action = named.get("action", "")
        code = refusals.CODES.get(action, refusals.INTERVENTION)
        if request.method != "POST" or (action and action not in refusals.CODES):
            return
        who = callers.actor(request.user, request.auth), callers.origin(request, "api")
        subject = Subject(_cluster(request), named["namespace"], named["name"])
        refusals.enter(code, *who, subject, "role-required", needs(APPROVER, named["namespace"]))


def _cluster(request: Request) -> str:
    """The one that the query names; a name that is none is not entered."""
    named = request.query_params.get("cluster", DEFAULT_CLUSTER)
    return named if named in clusters.names() else DEFAULT_CLUSTER


class MayReadRoles(MayView):
    """Admin, somewhere, and auditor."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Of which namespaces, the answer is narrowed to."""
        if not super().has_permission(request, view):
            return False
        if not access_of(request.user).reads_roles:
            raise exceptions.PermissionDenied(needs_to_read_roles())
        return True


class MayAdminister(MayView):
    """Admin, somewhere. What others ask for is entered as the view's `refused_as` says."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Which namespaces, each request is checked for by itself."""
        if access_of(request.user).administers_anything:
            return True
        some_role = super().has_permission(request, view)
        why = _("Needs the role %(role)s.") % {"role": ADMIN} if some_role else str(self.message)
        self._enter(request, view, why)
        if some_role:
            raise exceptions.PermissionDenied(why)
        return False

    def _enter(self, request: Request, view: APIView, why: str) -> None:
        method, refused_as = request.method or "", getattr(view, "refused_as", None)
        changes = method not in refusals.LOOKING and hasattr(view, method.lower())
        if refused_as is None or not changes or not request.user.is_authenticated:
            return
        action, kind = refused_as
        who = callers.actor(request.user, request.auth), callers.origin(request, "api")
        refusals.enter(action, *who, None, "role-required", why, kind)
