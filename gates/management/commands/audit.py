"""`manage.py audit verify`: proof that the log was not edited."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gates import audit


class Command(BaseCommand):
    """Walks the hash chain from the first entry to the head."""

    help = "Check the audit log: exit status 1 and the first bad entry's number when it was edited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many entries are sound, or which is not."""
        number, why = audit.verify()
        if why:
            raise CommandError(f"The audit log is not sound at entry {number}: {why}.")
        self.stdout.write(f"The audit log is sound: {number} entries.")
