"""Every setting comes from one environment variable; README lists them all (a test holds that)."""

from __future__ import annotations

import contextlib
import os
import secrets
import warnings
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from dashboard import env

BASE_DIR = Path(__file__).resolve().parent.parent

HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, low=0, high=65535)
LOOPBACK = HOST in {"127.0.0.1", "localhost", "::1"}
# The address people use, when a proxy stands in front: links, cookies and form checks depend on it.
PUBLIC_URL = env.url("AVIARY_URL")
SECURE = PUBLIC_URL.startswith("https://")

DATA_DIR = Path(env.text("AVIARY_DATA_DIR", str(BASE_DIR / "data")))
ADMIN_PASSWORD = env.text("AVIARY_ADMIN_PASSWORD")
DEBUG = False


def _secret_key() -> str:
    """The key from AVIARY_SECRET_KEY, else one made on the first start and kept in the data folder."""
    if key := env.text("AVIARY_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f".secret-key-{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
            # A hard link, not a rename: of two processes starting at once, the first one's key stays.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"AVIARY_DATA_DIR={DATA_DIR} cannot be written: {error}. Set it to a writable folder."
        ) from error


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.listed("AVIARY_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
if PUBLIC_URL:
    ALLOWED_HOSTS.append(PUBLIC_URL.split("//", 1)[1].split("/")[0].rsplit(":", 1)[0])

# --- what Flagger calls -------------------------------------------------------------------------
WEBHOOK_AUTH = env.choice(
    "AVIARY_WEBHOOK_AUTH", "open" if LOOPBACK else "", ["open", "token-writes", "token"]
)
WEBHOOK_TOKENS = env.listed("AVIARY_WEBHOOK_TOKENS")
NAMESPACE_REGEXP = env.pattern("AVIARY_NAMESPACE_REGEXP")
LOADTESTER_URL = env.url("AVIARY_LOADTESTER_URL")
# Seconds. The load tester's own limit for a task is one hour.
LOADTESTER_TIMEOUT = env.integer("AVIARY_LOADTESTER_TIMEOUT", 3600, low=1, high=86400)

# --- the cluster --------------------------------------------------------------------------------
CLUSTER_SOURCE = env.choice("AVIARY_CLUSTER", "auto", ["auto", "demo", "kubeconfig", "in-cluster"])
KUBECONFIG = env.text("KUBECONFIG")
KUBE_CONTEXT = env.text("AVIARY_KUBE_CONTEXT")
# Seconds between the demo canaries' analysis steps.
DEMO_INTERVAL = env.integer("AVIARY_DEMO_INTERVAL", 5, low=1, high=3600)

# --- Django -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "dashboard.apps.AviaryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "gates.apps.GatesConfig",
    "dashboard.apps.DashboardConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dashboard.security.ContentSecurityPolicyMiddleware",
    "dashboard.texts.PlainTextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Nothing is visible without signing in: views opt out one by one, none opts in.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.aviary",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    address = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'aviary.sqlite3'}")
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(address))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Use postgres://user:password@host:5432/name or sqlite:///path."
        ) from error
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        # Immediate: a transaction that will write takes the lock first, so it never fails half-way.
        # FULL: an acknowledged decision survives a power cut, not only a kill.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    elif database["ENGINE"].endswith("postgresql"):
        database["CONN_HEALTH_CHECKS"] = True
        options |= {
            "connect_timeout": 2,
            "tcp_user_timeout": 4000,
            "pool": {"min_size": 0, "max_size": 12, "timeout": 3},
        }
    else:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL or SQLite database.")
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- people -------------------------------------------------------------------------------------
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
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
CSRF_FAILURE_VIEW = "dashboard.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if SECURE:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "gates.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["gates.access.MayView"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gates.access.JSONBody"],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "dashboard.errors.api_error",
}
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Aviary",
    "DESCRIPTION": "Canaries, gates, decisions and the audit log.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- texts, files, logs -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "dashboard" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# whitenoise reads files synchronously, which Django remarks on at the first style sheet; they are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
LOG_LEVEL = env.choice("AVIARY_LOG_LEVEL", "info", ["debug", "info", "warning", "error"]).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gates": {"level": LOG_LEVEL},
        "dashboard": {"level": LOG_LEVEL},
        "axes": {"level": "WARNING"},
    },
}
