"""Which settings the server starts with: an entry when they differ from those of the start before.

Secrets are never in it: of each there is a keyed digest, which tells only whether it is another one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from gates import audit, keyring, log_entries
from gates.models import AuditEntry
from gates.outside import Mapped

CHANGED = "settings.changed"
PLAIN = (
    "HOST", "PUBLIC_URL", "ALLOWED_HOSTS", "WEBHOOK_AUTH", "WEBHOOK_PORT", "CLUSTER_SOURCE",
    "KUBECONFIG", "KUBE_CONTEXT", "INTERVENTIONS", "RELEASES_DAYS", "AUDIT_OLD_KEYS",
    "AUDIT_CHECKPOINT_MINUTES", "AUDIT_DAYS", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_USER_CLAIM",
    "OIDC_GROUPS_CLAIM", "PROXY_USER_HEADER", "PROXY_GROUPS_HEADER",
)  # fmt: skip
ADDRESSES = ("LOADTESTER_URL",)


def effective() -> dict[str, Any]:
    """The settings that matter to who decides what, by their names; JSON, and nothing secret."""
    found: dict[str, Any] = {name: getattr(settings, name) for name in PLAIN}
    found |= {name: address(getattr(settings, name)) for name in ADDRESSES}
    found["FLAGGER_METRICS"] = {name: address(url) for name, url in settings.FLAGGER_METRICS.items()}
    if any(settings.CLUSTERS.values()):
        found["CLUSTERS"] = settings.CLUSTERS
    signer, database = keyring.signer(), settings.DATABASES["default"]
    return found | {
        "WEBHOOK_TOKENS": [_secret(token) for token in settings.WEBHOOK_TOKENS],
        "NAMESPACE_REGEXP": settings.NAMESPACE_REGEXP.pattern if settings.NAMESPACE_REGEXP else "",
        "OIDC_CLIENT_SECRET": _secret(settings.OIDC_CLIENT_SECRET),
        "OIDC_ROLES": _mapped(settings.OIDC_ROLES),
        "PROXY_ROLES": _mapped(settings.PROXY_ROLES),
        "TRUSTED_PROXIES": [str(network) for network in settings.TRUSTED_PROXIES],
        "AUDIT_KEY": signer.key_id if signer else "",
        "AUDIT_CHECKPOINT_TO": [address(sink) for sink in settings.AUDIT_CHECKPOINT_TO],
        "DATABASE": "/".join(str(database.get(key) or "") for key in ("ENGINE", "HOST", "NAME")),
    }


def enter() -> AuditEntry | None:
    """Enter what differs from the start before; None when nothing does. Raises django.db.Error."""
    now = effective()
    last = AuditEntry.objects.filter(action=CHANGED).order_by("-seq").first()
    old: dict[str, Any] = last.after.get("settings", {}) if last else {}
    changed = sorted(name for name in {*now, *old} if now.get(name) != old.get(name))
    if not changed:
        return None
    before = {name: old[name] for name in changed if name in old}
    after = {"changed": changed, "settings": now}
    return log_entries.enter(
        CHANGED, audit.SYSTEM, audit.SYSTEM_ORIGIN, kind="settings", before=before, after=after
    )


def address(value: str) -> str:
    """Without what may be secret in it: user, password, query."""
    parts = urlsplit(value)
    if not parts.netloc:
        return value
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    hidden = value != shown
    return f"{shown} ({_secret(value)})" if hidden else shown


def _mapped(roles: Mapped) -> dict[str, list[str]]:
    return {group: sorted(map(":".join, pairs)) for group, pairs in roles.items()}


def _secret(value: str) -> str:
    return salted_hmac("aviary.settings", value, algorithm="sha256").hexdigest()[:12]
