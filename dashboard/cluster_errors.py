"""What can go wrong with a cluster, as the rest of Aviary sees it: short texts for a person, no secrets."""

from __future__ import annotations


class ClusterError(Exception):
    """Any of the following; the text is one line that may be shown."""


class Unreachable(ClusterError):
    """No connection, no answer in time, or an answer that says the server cannot answer."""


class NoConnection(Unreachable):
    """There was no connection: nothing was asked, and nothing can have been changed."""


class Interrupted(Unreachable):
    """A watch that was open broke off or fell silent."""


class Garbled(Unreachable):
    """The answer is not what a Kubernetes API server sends."""


class Forbidden(ClusterError):
    """The credentials are refused or may not do this."""


class NotFound(ClusterError):
    """No such object, or no such kind of object: its CRD is not installed."""


class Conflict(ClusterError):
    """The object is not of the version any more that the change was meant for (409)."""


class Rejected(ClusterError):
    """The API server looked at the change and did not make it (4xx): a rule, or an admission webhook."""


class Gone(ClusterError):
    """The resource version or the list's continuation has expired (410): list again."""


class Misconfigured(ClusterError):
    """The kubeconfig, the service account or the credential plugin cannot be used."""
