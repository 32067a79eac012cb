"""`manage.py migrate`: Django's, one at a time, however many Pods and Jobs start at once."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from dashboard.preparing import one_at_a_time


class Command(Migrate):
    """Waits for whoever migrates the same database; then there is nothing left to do, mostly."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Under the lock."""
        with one_at_a_time():
            super().handle(*args, **options)
