"""`manage.py token <username>`: make a token for scripts, shown once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

LONGEST = 3650  # days


class Command(BaseCommand):
    """A token acts with its user's role; only its hash is kept."""

    help = "Make an API token for a user and print it, once. Send it as “Authorization: Token …”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is removed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token and nothing else, so that a script can take it."""
        users, days = get_user_model(), options["days"]
        if days is not None and not 1 <= days <= LONGEST:
            raise CommandError(f"--days {days}: use a number from 1 to {LONGEST}.")
        user = users.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}. Make one under /admin/ first.")
        _row, token = AuthToken.objects.create(user, timedelta(days=days) if days else None)
        self.stdout.write(token)
