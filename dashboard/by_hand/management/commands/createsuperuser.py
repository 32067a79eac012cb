"""`manage.py createsuperuser`: Django's; whoever may do everything from now on is in the log."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as CreateSuperuser

from dashboard.by_hand.entering import saved_account


class Command(CreateSuperuser):
    """Makes an administrator of everything."""

    def handle(self, *args: Any, **options: Any) -> None:
        """With its entry."""
        with saved_account():
            super().handle(*args, **options)
