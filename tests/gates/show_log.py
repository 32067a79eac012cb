"""`python -m tests.gates.show_log`: verify the log of the database in the environment, print it as JSON."""

from __future__ import annotations

import json

import django


def main() -> None:
    """One line of JSON."""
    django.setup()

    from gates import audit
    from gates.models import AuditEntry, Gate

    log = list(AuditEntry.objects.order_by("seq").values())
    gates = list(Gate.objects.values("kind", "namespace", "name", "open", "decision"))
    print(json.dumps({"verified": audit.verify(), "entries": log, "gates": gates}, default=str))


if __name__ == "__main__":
    main()
