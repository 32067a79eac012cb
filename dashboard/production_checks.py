"""System checks of what is unsafe where others can reach the server. Each names its variable.

On loopback they say nothing: there a weak key or the demo is somebody's own affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError

from dashboard.checks import LOCAL_NAMES
from dashboard.connection import Source, choose

# Django's own measure for a key that cannot be guessed.
KEY_LENGTH, KEY_CHARACTERS = 50, 5
KEY_RECIPE = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
EVERYONE = {ip_network("0.0.0.0/0"), ip_network("::/0")}


@register
def public_address(**_: Any) -> Sequence[CheckMessage]:
    """Passwords and sessions travel to AVIARY_URL; pages are at its root."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.path or parts.query or parts.fragment:
        return [
            Error(
                f"AVIARY_URL={settings.PUBLIC_URL} has something behind the host; pages are at its root.",
                hint="Give Aviary a host name of its own, such as https://aviary.example.com.",
                id="aviary.E020",
            )
        ]
    if parts.scheme == "http" and not settings.LOOPBACK and not _is_local(parts.hostname or ""):
        return [
            Error(
                f"AVIARY_URL={settings.PUBLIC_URL} would send passwords and sessions in the clear.",
                hint="Put a proxy with https in front. Where http is meant all the same, leave AVIARY_URL "
                "out and name the host in AVIARY_ALLOWED_HOSTS.",
                id="aviary.E021",
            )
        ]
    return []


@register
def host_names(**_: Any) -> Sequence[CheckMessage]:
    """A forged Host must not end up in links."""
    if settings.LOOPBACK or "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "AVIARY_ALLOWED_HOSTS=* lets anybody write the host name of links and redirects.",
            hint="Name the hosts. Flagger's addresses answer to any name as it is.",
            id="aviary.E022",
        )
    ]


@register
def secret_key(**_: Any) -> Sequence[CheckMessage]:
    """Whoever guesses it signs in as anybody; replicas must have the same one."""
    if settings.LOOPBACK:
        return []
    key: str = settings.SECRET_KEY
    if len(key) < KEY_LENGTH or len(set(key)) < KEY_CHARACTERS:
        return [
            Error(
                f"AVIARY_SECRET_KEY is shorter than {KEY_LENGTH} characters or made of very few: "
                "whoever guesses it signs in as anybody.",
                hint=KEY_RECIPE,
                id="aviary.E023",
            )
        ]
    if _postgres() and not settings.SECRET_KEY_GIVEN:
        return [
            Warning(
                "DATABASE_URL names a PostgreSQL, and AVIARY_SECRET_KEY is not set: each replica with a data "
                "folder of its own makes its own key, and knows only its own sessions.",
                hint=f"Set AVIARY_SECRET_KEY to the same text for all. {KEY_RECIPE}",
                id="aviary.W020",
            )
        ]
    return []


@register
def administrator(**_: Any) -> Sequence[CheckMessage]:
    """The first account may do everything."""
    if settings.LOOPBACK or not settings.ADMIN_PASSWORD:
        return []
    try:
        validate_password(settings.ADMIN_PASSWORD)
    except ValidationError:
        return [
            Error(
                "AVIARY_ADMIN_PASSWORD is short or common.",
                hint="Leave it out: one is made up at the first start, and printed once.",
                id="aviary.E024",
            )
        ]
    return []


@register
def proxies(**_: Any) -> Sequence[CheckMessage]:
    """Who may say where somebody came from, and who it is, cannot be everyone."""
    if not EVERYONE & set(settings.TRUSTED_PROXIES):
        return []
    return [
        Error(
            "AVIARY_TRUSTED_PROXIES trusts every address: anybody could write the source of an entry, and be "
            "anybody where a proxy signs people in.",
            hint="Name the networks of the proxies only, such as 10.0.3.0/24.",
            id="aviary.E025",
        )
    ]


@register
def demo(**_: Any) -> Sequence[CheckMessage]:
    """The demo's canaries must not get among real decisions, nor be taken for a cluster."""
    several = any(settings.CLUSTERS.values())
    shown = Source.DEMO in settings.CLUSTERS.values() if several else _chosen() is Source.DEMO
    if settings.LOOPBACK or not shown:
        return []
    if _postgres():
        return [
            Error(
                f"AVIARY_CLUSTER{'S=…' if several else ''}=demo would enter the demo's releases into the "
                "database at DATABASE_URL.",
                hint="Set AVIARY_CLUSTER to kubeconfig or in-cluster, or leave DATABASE_URL out.",
                id="aviary.E026",
            )
        ]
    if not several and settings.CLUSTER_SOURCE != "demo":
        return [
            Error(
                f"AVIARY_CLUSTER={settings.CLUSTER_SOURCE} finds no cluster, and would show others the demo.",
                hint="Set KUBECONFIG, or AVIARY_CLUSTER=demo if that is what is meant.",
                id="aviary.E027",
            )
        ]
    return []


@register
def kept(**_: Any) -> Sequence[CheckMessage]:
    """Decisions outlive the process, and replicas share them."""
    database = settings.DATABASES["default"]
    sqlite = database["ENGINE"].endswith("sqlite3")
    if sqlite and not settings.LOOPBACK and ":memory:" in str(database["NAME"]):
        return [
            Error(
                "DATABASE_URL keeps everything in memory: a restart would close every gate and lose the log.",
                hint="Name a file, sqlite:///path, or a PostgreSQL.",
                id="aviary.E028",
            )
        ]
    if sqlite and getattr(settings, "REDIS_URL", ""):
        return [
            Warning(
                "REDIS_URL carries changes between replicas, and SQLite is for one process on one machine.",
                hint="Set DATABASE_URL to a PostgreSQL for several replicas, or unset REDIS_URL.",
                id="aviary.W021",
            )
        ]
    return []


def _is_local(host: str) -> bool:
    return host in LOCAL_NAMES or host.endswith(".localhost")


def _postgres() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def _chosen() -> Source:
    return choose(settings.CLUSTER_SOURCE, settings.KUBECONFIG)
