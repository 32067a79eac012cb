"""Which switch is meant: kind, cluster, namespace and name, kept apart whatever the texts are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

# The one cluster that addresses without a /clusters/<name>/ prefix mean.
DEFAULT_CLUSTER = "default"
GATE = "gate"
ROLLBACK = "rollback"


def digest(*parts: str) -> str:
    """SHA-256 in hex over the parts, each with its length in front, so that no two lists collide."""
    body = b"".join([b"%d:%s" % (len(raw), raw) for raw in map(str.encode, parts)])
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class GateKey:
    """One switch. Any text is a name: empty, very long, with dots, in any script."""

    kind: str
    cluster: str
    namespace: str
    name: str
    digest: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # The columns may hold texts longer than an index takes: the digest is what is indexed.
        object.__setattr__(self, "digest", digest(self.kind, self.cluster, self.namespace, self.name))

    @property
    def subject(self) -> str:
        """The canary's own digest, the same for all its switches; the audit log is indexed by it."""
        return subject(self.cluster, self.namespace, self.name)


def subject(cluster: str, namespace: str, name: str) -> str:
    """The digest that stands for one canary in the audit log."""
    return digest("canary", cluster, namespace, name)
