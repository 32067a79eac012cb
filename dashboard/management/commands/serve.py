"""`manage.py serve`: prepare the database, make the first account, then serve until told to stop."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError


class Server(uvicorn.Server):
    """uvicorn, which says where it can be reached once it can be reached."""

    async def startup(self, sockets: Any = None) -> None:
        """Bind, then print the line that scripts wait for."""
        await super().startup(sockets=sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1] if self.servers else self.config.port
            host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
            print(f"Aviary is ready at http://{host}:{port}", flush=True)


class Command(BaseCommand):
    """The one process that people and Flagger talk to."""

    help = "Prepare the database and serve Aviary on HOST:PORT."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-migrate", action="store_true", help="leave the database's tables as they are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, ensure an administrator, serve."""
        if not options["no_migrate"]:
            try:
                call_command("migrate", interactive=False, verbosity=0)
            except DatabaseError as error:
                raise CommandError(f"The database cannot be prepared: {error} Check DATABASE_URL.") from error
        self._administrator()
        server = Server(
            uvicorn.Config(
                "dashboard.asgi:application",
                host=settings.HOST,
                port=settings.PORT,
                log_level="warning",
                access_log=False,
                # Idle connections of Flagger's stay for 90 s otherwise.
                timeout_keep_alive=5,
                timeout_graceful_shutdown=8,
                ws_ping_interval=20,
                ws_ping_timeout=20,
                server_header=False,
            )
        )
        try:
            server.run()
        except SystemExit as error:  # uvicorn's own, when it cannot bind
            raise CommandError(
                f"Aviary cannot listen on {settings.HOST}:{settings.PORT}. Is PORT taken?"
            ) from error
        if not server.started:
            raise CommandError("Aviary could not start: the reason is above.")

    def _administrator(self) -> None:
        """User `admin`, on the first start only; a made-up password is shown once."""
        users = get_user_model()
        if users.objects.filter(is_superuser=True).exists():
            return
        password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
        users.objects.create_superuser("admin", "", password)
        if not settings.ADMIN_PASSWORD:
            self.stdout.write(f"First start: sign in as admin with the password {password} (shown only now).")
