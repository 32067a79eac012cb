"""`manage.py changepassword`: Django's; the log says whose password it was, and no more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands.changepassword import Command as ChangePassword

from dashboard.by_hand.entering import saved_account


class Command(ChangePassword):
    """Gives an account another password."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """With its entry."""
        with saved_account():
            return super().handle(*args, **options)
