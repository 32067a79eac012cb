"""What is kept of releases, long after Kubernetes has forgotten its events, of changes to the cluster, and
of what people are told."""

from dashboard.models.intervention import Intervention
from dashboard.models.notification import (
    Notification,
    NotificationMark,
    NotificationReach,
    NotificationRule,
)
from dashboard.models.release import Release, ReleaseState, ReleaseTurn

__all__ = [
    "Intervention",
    "Notification",
    "NotificationMark",
    "NotificationReach",
    "NotificationRule",
    "Release",
    "ReleaseState",
    "ReleaseTurn",
]
