"""Signing in and out, each with its entry in the log. Wrong passwords are counted by django-axes: five in a
quarter of an hour, for one name from one address, lock that pair out; the answer is 429 and
`locked-out.html`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse

from gates import callers, sign_ins


class SignInForm(AuthenticationForm):
    """Django's own takes a name of any length, which django-axes cannot keep on Postgres."""

    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))


class SignIn(LoginView):
    """Name and password; `next` is followed within this site only."""

    template_name = "sign-in.html"
    form_class = SignInForm
    redirect_authenticated_user = True
    extra_context = {"provider": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Labels without a colon, as everywhere."""
        return {**super().get_form_kwargs(), "label_suffix": ""}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Nobody is signed in without an entry."""
        with transaction.atomic():
            answer = super().form_valid(form)
            # On the way to a provider, which they did not take, a session is short.
            self.request.session.set_expiry(None)
            sign_ins.succeeded(self.request, form.get_user().get_username())
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Only a name with a password was an attempt."""
        if form.cleaned_data.get("username") and form.cleaned_data.get("password"):
            locked_out = bool(getattr(self.request, "axes_locked_out", False))
            sign_ins.failed(self.request, form.cleaned_data["username"], locked_out=locked_out)
        return super().form_invalid(form)


class SignOut(LogoutView):
    """POST only, so that no image or link signs anybody out."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leave, with an entry."""
        user = request.user
        with transaction.atomic():
            answer = super().post(request, *args, **kwargs)
            if user.is_authenticated:
                sign_ins.ended(request, user.get_username(), callers.method(user))
        return answer
