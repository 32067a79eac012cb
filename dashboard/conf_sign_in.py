"""Settings about people: how they sign in, and what their sessions are like."""

from __future__ import annotations

from typing import Any

from dashboard import env
from dashboard.sign_in.mapping import roles_of_groups

# --- an OpenID provider -------------------------------------------------------------------------
OIDC_ISSUER = env.url("AVIARY_OIDC_ISSUER")
OIDC_NAME = env.text("AVIARY_OIDC_NAME", "OpenID Connect")
OIDC_CLIENT_ID = env.text("AVIARY_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("AVIARY_OIDC_CLIENT_SECRET")
OIDC_SCOPES = env.text("AVIARY_OIDC_SCOPES", "openid profile email").split()
OIDC_USER_CLAIM = env.text("AVIARY_OIDC_USER_CLAIM", "preferred_username")
OIDC_GROUPS_CLAIM = env.text("AVIARY_OIDC_GROUPS_CLAIM", "groups")
OIDC_ROLES = roles_of_groups("AVIARY_OIDC_ROLES", env.text("AVIARY_OIDC_ROLES"))
# A session lasts so long; then the provider is asked again who it is, and in which groups.
OIDC_HOURS = env.integer("AVIARY_OIDC_HOURS", 8, low=1, high=720)

# --- a proxy that has signed people in ----------------------------------------------------------
PROXY_USER_HEADER = env.text("AVIARY_PROXY_USER_HEADER")
PROXY_GROUPS_HEADER = env.text("AVIARY_PROXY_GROUPS_HEADER")
PROXY_ROLES = roles_of_groups("AVIARY_PROXY_ROLES", env.text("AVIARY_PROXY_ROLES"))

# --- Django, axes, allauth ----------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "canaries"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# A lockout ends when it was said to end, however often somebody tries meanwhile.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "locked-out.html"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "dashboard.errors.csrf_failure"

# Of allauth only the protocol is used: accounts, roles, sessions and pages are ours.
SOCIALACCOUNT_ADAPTER = "dashboard.sign_in.hooks.Hooks"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True, "scope": OIDC_SCOPES},
            }
        ]
        if OIDC_ISSUER
        else []
    }
}
