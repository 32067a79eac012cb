"""After the commit: who changed what, for pages that are open."""

from django.dispatch import Signal

# Sent by `decisions` once the transaction is durable, in the thread that made it.
# Arguments: entries (list of AuditEntry).
decided = Signal()
