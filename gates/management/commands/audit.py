"""`manage.py audit …`: prove the log, sign it, export it, prune it. Each word is a file in `log_commands`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from gates import log_commands
from gates.keyring import BadKey


class Command(BaseCommand):
    """The log's tools."""

    help = "Work with the audit log; `audit WORD --help` says more."

    def add_arguments(self, parser: CommandParser) -> None:
        """One parser for each word."""
        words = parser.add_subparsers(dest="what", required=True, metavar="WORD")
        for word in log_commands.words():
            word.arguments(words.add_parser(word.name, help=word.help, description=word.help))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the word; what cannot be done is one line that names the remedy."""
        run = next(word.run for word in log_commands.words() if word.name == options["what"])
        try:
            run(self.stdout, options)
        except BadKey as error:
            raise CommandError(f"AVIARY_AUDIT_KEY, AVIARY_AUDIT_OLD_KEYS or --trust: {error}.") from error
        except DatabaseError as error:
            raise CommandError(f"The database does not answer: {error}. Check DATABASE_URL.") from error
