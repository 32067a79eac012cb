"""`manage.py token <username>`: make a token for scripts, shown once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from gates import api_tokens
from gates.api_tokens import Wanted
from gates.asked_for import Refused
from gates.audit import OPERATOR, SYSTEM_ORIGIN
from gates.roles import Admin
from gates.token_terms import LONGEST_DAYS


class Command(BaseCommand):
    """A token acts with its user's roles, or a part of them; only its hash is kept."""

    help = "Make an API token for a user and print it, once. Send it as “Authorization: Token …”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is revoked")
        parser.add_argument("--name", default="manage.py token", help="what it is for")
        parser.add_argument("--role", default="", help="viewer, approver, …; without it, all held")
        parser.add_argument("--namespaces", default="*", help="patterns, separated by commas")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token and nothing else, so that a script can take it."""
        days = options["days"]
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days {days}: use a number from 1 to {LONGEST_DAYS}.")
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}. Make one under /admin/ first.")
        wanted = Wanted(options["name"], options["role"], options["namespaces"], days)
        try:
            _row, token = api_tokens.make(Admin(user, OPERATOR, SYSTEM_ORIGIN), wanted)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(token)
