"""What is kept: switches, approvals, freezes, roles, and the insert-only log of everything decided.

Only `decisions.py` changes gates, `approvals.py` approvals, `freezing.py` freezes, `roles.py` roles, each
through the one door in `decisions.py`; only `audit.py` writes entries. A test holds it.
"""

from gates.models.approval import Alarm, Approval, AskedHook, Episode
from gates.models.audit import AuditCheckpoint, AuditEntry, AuditHead, AuditTombstone
from gates.models.event import FlaggerEvent
from gates.models.freeze import Exemption, Freeze
from gates.models.gate import Gate
from gates.models.outside import OutsideAccount
from gates.models.review import AuditVerification, SavedView
from gates.models.role import RoleGrant
from gates.models.term import AuditPlace, AuditSegment, AuditTerm
from gates.models.token import TokenScope, WebhookToken

__all__ = [
    "Alarm",
    "Approval",
    "AskedHook",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditHead",
    "AuditPlace",
    "AuditSegment",
    "AuditTerm",
    "AuditTombstone",
    "AuditVerification",
    "Episode",
    "Exemption",
    "FlaggerEvent",
    "Freeze",
    "Gate",
    "OutsideAccount",
    "RoleGrant",
    "SavedView",
    "TokenScope",
    "WebhookToken",
]
