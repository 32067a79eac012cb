"""What every resource of the REST API shares: strict queries and bodies, pages, the shape of refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from gates.access import MayView
from gates.search import BIGGEST


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """Names our token class in the schema; the library looks for this by itself."""

    target_class = "gates.access.TokenAuthentication"


class Resource(APIView):
    """The base of every view. `refused_as`: action and kind of the entry when somebody may not change it."""

    permission_classes = [MayView]
    refused_as: ClassVar[tuple[str, str] | None] = None


class Strict(serializers.Serializer[Any]):
    """Refuses names it does not know: a misspelt filter or revision must not pass for none."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values by name."""
        if isinstance(data, Mapping):
            known = ", ".join(self.fields)
            unknown = [str(name)[:100] for name in data if name not in self.fields]
            if unknown:
                message = _("Unknown name. Known are: %(known)s.") % {"known": known}
                raise serializers.ValidationError({name: [message] for name in unknown[:20]})
        return super().to_internal_value(data)


class Page(Strict):
    """The part of a query that chooses the page."""

    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)


class NumberedPage(Page):
    """A page of things that have numbers."""

    cursor = serializers.IntegerField(
        min_value=1, max_value=BIGGEST, required=False, help_text="From `next` of the page before."
    )


class ErrorDetail(serializers.Serializer[Any]):
    """Why not."""

    code = serializers.CharField(help_text="Stable, for scripts.")
    message = serializers.CharField(help_text="For people.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class ErrorBody(serializers.Serializer[Any]):
    """The shape of every refusal."""

    error = ErrorDetail()


def answers(body: Any) -> dict[Any, Any]:
    """For the schema: this body, or a refusal."""
    return {200: body, "default": ErrorBody}


def query(request: Request, form: type[Strict]) -> dict[str, Any]:
    """The query of the address, validated; raises ValidationError."""
    filled = form(data=request.query_params.dict())
    filled.is_valid(raise_exception=True)
    values: dict[str, Any] = filled.validated_data
    return values


def next_address(request: Request, cursor: object | None, name: str = "cursor") -> str | None:
    """The address of the next page: this one with another cursor; None after the last."""
    if cursor is None:
        return None
    parameters = request.query_params.copy()
    parameters[name] = str(cursor)
    return f"{request.path}?{parameters.urlencode()}"
