"""What is kept: switches, approvals, freezes, roles, and the insert-only log of everything decided.

Only `decisions.py` changes gates, `approvals.py` approvals, `freezing.py` freezes, `roles.py` roles, each
through the one door in `decisions.py`; only `audit.py` writes entries. A test holds it.
"""

from gates.models.approval import Alarm, Approval, AskedHook, Episode
from gates.models.audit import AuditEntry, AuditHead
from gates.models.event import FlaggerEvent
from gates.models.freeze import Exemption, Freeze
from gates.models.gate import Gate
from gates.models.role import RoleGrant

__all__ = [
    "Alarm",
    "Approval",
    "AskedHook",
    "AuditEntry",
    "AuditHead",
    "Episode",
    "Exemption",
    "FlaggerEvent",
    "Freeze",
    "Gate",
    "RoleGrant",
]
