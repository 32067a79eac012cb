"""System checks: contradictions between settings, found before `serve` listens. Each names its variable."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from dashboard import connection
from dashboard.connection import DEFAULT_KUBECONFIG, Connection, Source, choose

SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "[::1]"}
EVERY_INTERFACE = {"0.0.0.0", "::"}
# 20 characters of a URL-safe alphabet are about 120 bits when made at random.
TOKEN_LENGTH = 20
RECIPE = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(24))'"


@register
def webhook_auth(**_: Any) -> Sequence[CheckMessage]:
    """Anything but loopback needs a choice; tokens and the mode must fit each other."""
    mode, tokens = settings.WEBHOOK_AUTH, settings.WEBHOOK_TOKENS
    if not mode:
        return [
            Error(
                f"HOST={settings.HOST} can be reached by others, and AVIARY_WEBHOOK_AUTH is not set.",
                hint="Set AVIARY_WEBHOOK_AUTH to open (whoever reaches the port may open gates), "
                "token-writes (opening needs a token) or token (every call needs one).",
                id="aviary.E001",
            )
        ]
    if mode == "open" and tokens:
        return [
            Warning(
                "AVIARY_WEBHOOK_TOKENS is set, but AVIARY_WEBHOOK_AUTH=open asks nobody for a token.",
                hint="Set AVIARY_WEBHOOK_AUTH to token-writes or token.",
                id="aviary.W001",
            )
        ]
    return []


@register
def webhook_tokens(**_: Any) -> Sequence[CheckMessage]:
    """Tokens travel in addresses: long, and without characters that an address would change."""
    found: list[CheckMessage] = []
    for number, token in enumerate(settings.WEBHOOK_TOKENS, start=1):
        which = f"AVIARY_WEBHOOK_TOKENS: token {number} of {len(settings.WEBHOOK_TOKENS)}"
        if len(token) < TOKEN_LENGTH:
            found.append(
                Error(
                    f"{which} is shorter than {TOKEN_LENGTH} characters.",
                    hint=RECIPE,
                    id="aviary.E003",
                )
            )
        elif not re.fullmatch(r"[A-Za-z0-9._~-]+", token):
            found.append(
                Error(
                    f"{which} has characters other than letters, digits and . _ ~ -",
                    hint=RECIPE,
                    id="aviary.E004",
                )
            )
    return found


@register
def webhook_port(**_: Any) -> Sequence[CheckMessage]:
    """Two ports, or one."""
    if not settings.WEBHOOK_PORT or settings.WEBHOOK_PORT != settings.PORT:
        return []
    return [
        Error(
            f"AVIARY_WEBHOOK_PORT={settings.WEBHOOK_PORT} is PORT itself.",
            hint="Set AVIARY_WEBHOOK_PORT to another port, or unset it: then both are served on PORT.",
            id="aviary.E040",
        )
    ]


@register
def load_tester(**_: Any) -> Sequence[CheckMessage]:
    """A relay to ourselves would go round until the time limit."""
    if not settings.LOADTESTER_URL or not _is_ourselves(settings.LOADTESTER_URL):
        return []
    return [
        Error(
            f"AVIARY_LOADTESTER_URL={settings.LOADTESTER_URL} is Aviary itself: tasks would go in circles.",
            hint="Name the real load tester's own Service, or unset AVIARY_LOADTESTER_URL.",
            id="aviary.E005",
        )
    ]


def _is_ourselves(address: str) -> bool:
    if address == settings.PUBLIC_URL:
        return True
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    ours = {settings.HOST} | (LOCAL_NAMES if settings.LOOPBACK or settings.HOST in EVERY_INTERFACE else set())
    return port in {settings.PORT, settings.WEBHOOK_PORT} and (parts.hostname or "") in ours


@register
def public_names(**_: Any) -> Sequence[CheckMessage]:
    """Pages answer only to the names they know."""
    if settings.LOOPBACK or not set(settings.ALLOWED_HOSTS) <= LOCAL_NAMES:
        return []
    return [
        Warning(
            f"HOST={settings.HOST} can be reached by others, but pages answer to localhost only (else 400).",
            hint="Set AVIARY_URL to the address that people type, or AVIARY_ALLOWED_HOSTS to the names.",
            id="aviary.W002",
        )
    ]


@register
def cluster_source(**_: Any) -> Sequence[CheckMessage]:
    """What is to be watched must be there."""
    if any(settings.CLUSTERS.values()):
        return [said for name, source in settings.CLUSTERS.items() for said in _one_of_several(name, source)]
    way = Connection(choose(settings.CLUSTER_SOURCE, settings.KUBECONFIG), settings.KUBECONFIG)
    if way.source is Source.IN_CLUSTER and not (
        os.environ.get("KUBERNETES_SERVICE_HOST") and SERVICE_ACCOUNT_TOKEN.is_file()
    ):
        return [
            Error(
                "AVIARY_CLUSTER=in-cluster, but this is not a pod with a service account.",
                hint="Mount the service account's token, or set AVIARY_CLUSTER to kubeconfig or demo.",
                id="aviary.E006",
            )
        ]
    if way.source is Source.KUBECONFIG and not way.kubeconfig_paths:
        return [
            Error(
                f"KUBECONFIG: there is no file {settings.KUBECONFIG or DEFAULT_KUBECONFIG}.",
                hint="Point KUBECONFIG at a kubeconfig file, or set AVIARY_CLUSTER=demo.",
                id="aviary.E007",
            )
        ]
    return []


def _one_of_several(name: str, source: str) -> Sequence[CheckMessage]:
    """A warning only: a cluster that cannot be reached keeps nobody from the others."""
    way = connection.of(source, settings.KUBECONFIG)
    if way.source is not Source.KUBECONFIG or way.kubeconfig_paths:
        return []
    return [
        Warning(
            f"AVIARY_CLUSTERS: there is no file {way.kubeconfig or DEFAULT_KUBECONFIG} for {name}.",
            hint="Mount it there, or correct the path; a context alone is looked for in KUBECONFIG's file.",
            id="aviary.W009",
        )
    ]
