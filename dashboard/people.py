"""Signing in and out. Wrong passwords are counted by django-axes: five in a quarter of an hour, for one
name from one address, lock that pair out; the answer is 429 and `locked-out.html`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import TextInput


class SignInForm(AuthenticationForm):
    """Django's own takes a name of any length, which django-axes cannot keep on Postgres."""

    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))


class SignIn(LoginView):
    """Name and password; `next` is followed within this site only."""

    template_name = "sign-in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_form_kwargs(self) -> dict[str, Any]:
        """Labels without a colon, as everywhere."""
        return {**super().get_form_kwargs(), "label_suffix": ""}


class SignOut(LogoutView):
    """POST only, so that no image or link signs anybody out."""

    http_method_names = ["post"]
