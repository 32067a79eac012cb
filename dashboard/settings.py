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

from dashboard import env, logs
from dashboard.conf_clusters import CLUSTERS as CLUSTERS
from dashboard.conf_clusters import FLAGGER_METRICS as FLAGGER_METRICS
from dashboard.conf_replicas import *  # noqa: F403  (how processes on one database tell each other)
from dashboard.conf_replicas import REDIS_SECRETS
from dashboard.conf_sign_in import *  # noqa: F403  (how people sign in)
from dashboard.conf_sign_in import OIDC_CLIENT_SECRET
from dashboard.notify import reminders

BASE_DIR = Path(__file__).resolve().parent.parent

HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, low=0, high=65535)
LOOPBACK = HOST in {"127.0.0.1", "localhost", "::1"}
# The address people use, when a proxy stands in front: links, cookies and form checks depend on it.
PUBLIC_URL = env.url("AVIARY_URL")
# Seconds from SIGTERM in which requests are still taken, for whoever has not heard that this process ends.
DRAIN_SECONDS = env.integer("AVIARY_DRAIN_SECONDS", 0, low=0, high=5)
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
            f"AVIARY_DATA_DIR={DATA_DIR} cannot be written: {error}. "
            "Set it to a writable folder, or set AVIARY_SECRET_KEY and DATABASE_URL."
        ) from error


SECRET_KEY = _secret_key()
SECRET_KEY_GIVEN = bool(env.text("AVIARY_SECRET_KEY"))
ALLOWED_HOSTS = env.listed("AVIARY_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
if PUBLIC_URL:
    ALLOWED_HOSTS.append(PUBLIC_URL.split("//", 1)[1].split("/")[0].rsplit(":", 1)[0])

# --- what Flagger calls -------------------------------------------------------------------------
WEBHOOK_AUTH = env.choice(
    "AVIARY_WEBHOOK_AUTH", "open" if LOOPBACK else "", ["open", "token-writes", "token"]
)
WEBHOOK_TOKENS = env.listed("AVIARY_WEBHOOK_TOKENS")
# A port for these addresses alone; 0: they are on PORT, beside the pages.
WEBHOOK_PORT = env.integer("AVIARY_WEBHOOK_PORT", 0, low=1, high=65535)
NAMESPACE_REGEXP = env.pattern("AVIARY_NAMESPACE_REGEXP")
LOADTESTER_URL = env.url("AVIARY_LOADTESTER_URL")
# Seconds. The load tester's own limit for a task is one hour.
LOADTESTER_TIMEOUT = env.integer("AVIARY_LOADTESTER_TIMEOUT", 3600, low=1, high=86400)

# --- the cluster --------------------------------------------------------------------------------
CLUSTER_SOURCE = env.choice("AVIARY_CLUSTER", "auto", ["auto", "demo", "kubeconfig", "in-cluster"])
KUBECONFIG = env.text("KUBECONFIG")
KUBE_CONTEXT = env.text("AVIARY_KUBE_CONTEXT")
# Whether people may change canaries in the cluster from here, where their role and our account allow it.
INTERVENTIONS = env.choice("AVIARY_INTERVENTIONS", "on", ["on", "off"]) == "on"
# How long releases are kept; 0: for ever.
RELEASES_DAYS = env.integer("AVIARY_RELEASES_DAYS", 0, low=0, high=36500)
# Seconds between the demo canaries' analysis steps.
DEMO_INTERVAL = env.integer("AVIARY_DEMO_INTERVAL", 5, low=1, high=3600)

# --- the log ------------------------------------------------------------------------------------
# Networks of the proxies in front, whose X-Forwarded-For says where somebody came from.
TRUSTED_PROXIES = env.networks("AVIARY_TRUSTED_PROXIES")
# Signs checkpoints and tombstones; public keys that did so before.
AUDIT_KEY = env.text("AVIARY_AUDIT_KEY")
AUDIT_OLD_KEYS = env.listed("AVIARY_AUDIT_OLD_KEYS")
AUDIT_CHECKPOINT_MINUTES = env.integer("AVIARY_AUDIT_CHECKPOINT_MINUTES", 15, low=0, high=10080)
AUDIT_CHECKPOINT_TO = env.listed("AVIARY_AUDIT_CHECKPOINT_TO")
# How long entries are kept; 0: for ever.
AUDIT_DAYS = env.integer("AVIARY_AUDIT_DAYS", 0, low=0, high=36500)
# Each entry as a line on the standard output as well.
AUDIT_STDOUT = env.choice("AVIARY_AUDIT_STDOUT", "off", ["on", "off"]) == "on"
AUDIT_ARCHIVE = Path(env.text("AVIARY_AUDIT_ARCHIVE", str(DATA_DIR / "audit-archive")))

# --- notifications ------------------------------------------------------------------------------
# Rules for all namespaces besides those that admins make in the browser. Addresses are secret.
NOTIFY_URLS = env.words("AVIARY_NOTIFY_URLS")
NOTIFY_LANGUAGE = env.choice("AVIARY_NOTIFY_LANGUAGE", "en", ["en", "ko"])
NOTIFY_REMINDERS = env.text("AVIARY_NOTIFY_REMINDERS", reminders.USUAL)
# Seconds: before the second try of a message, and until a cluster counts as out of reach.
NOTIFY_RETRY_SECONDS = env.integer("AVIARY_NOTIFY_RETRY_SECONDS", 10, low=1, high=3600)
NOTIFY_CLUSTER_SECONDS = env.integer("AVIARY_NOTIFY_CLUSTER_SECONDS", 60, low=1, high=3600)

# --- Django -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Its commands take the place of Django's.
    "dashboard.by_hand",
    "dashboard.apps.AviaryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
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
    "dashboard.request_id.request_id",
    # Compression beside what a visitor sends leaks secrets of the same page by its length (BREACH). The only
    # one in ours is the form token, masked anew for each request; and Django adds a random length.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dashboard.security.ContentSecurityPolicyMiddleware",
    "dashboard.texts.PlainTextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before anybody is let in or sent to sign in: a proxy may have done it, or a role may have gone.
    "dashboard.sign_in.middleware.signed_in",
    "allauth.account.middleware.AccountMiddleware",
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
            # A pool that gave up waits for the next who asks: else it would be minutes behind the database.
            "pool": {"min_size": 0, "max_size": 12, "timeout": 3, "reconnect_timeout": 1},
        }
    else:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL or SQLite database.")
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# W005, W021 would speak for the domain's other hosts; W008: to send people to https is the proxy's part.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
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
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105
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
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "dashboard" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where an image is built, files are collected once; elsewhere they are taken from where they are written.
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
WHITENOISE_AUTOREFRESH = False
# whitenoise reads files synchronously, which Django remarks on at the first style sheet; they are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
warnings.filterwarnings("ignore", message="No directory at: .*staticfiles")
# `dashboard.light_sockets` builds on it knowingly; the lock file holds the version.
warnings.filterwarnings("ignore", message="The `websockets` implementation is deprecated")
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
LOG_LEVEL = env.choice("AVIARY_LOG_LEVEL", "info", ["debug", "info", "warning", "error"]).upper()
LOG_FORMAT = env.choice("AVIARY_LOG_FORMAT", "plain", ["plain", "json"])
ACCESS_LOG = env.choice("AVIARY_ACCESS_LOG", "off", ["off", "people", "all"])
# Where traces go; everything else about them is read from OpenTelemetry's own variables.
TRACES_TO = env.url("OTEL_EXPORTER_OTLP_ENDPOINT")
# Never in any line of the log.
_SECRETS = [SECRET_KEY, ADMIN_PASSWORD, AUDIT_KEY, OIDC_CLIENT_SECRET, *WEBHOOK_TOKENS, *NOTIFY_URLS]
_SECRETS += [str(DATABASES["default"].get("PASSWORD") or ""), *REDIS_SECRETS]
LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL, audit=AUDIT_STDOUT, secrets=_SECRETS)
