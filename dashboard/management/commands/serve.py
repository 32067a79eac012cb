"""`manage.py serve`: prepare the database, make the first account, then serve until told to stop."""

from __future__ import annotations

import contextlib
import gc
import secrets
import socket
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from dashboard.joined_writes import JoinedHttpProtocol
from dashboard.preparing import one_at_a_time

# Connections that wait while all others are being answered; Flagger opens one for each call.
BACKLOG = 2048


class Server(uvicorn.Server):
    """uvicorn, which says where it can be reached once it can be reached."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the line that scripts wait for."""
        await super().startup(sockets=sockets)
        if self.started:
            # What is loaded by now stays for good. Looking through it for garbage would stop everything for
            # a tenth of a second, again and again.
            gc.collect()
            gc.freeze()
            gc.enable()
            host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
            print(f"Aviary is ready at http://{host}:{settings.PORT}", flush=True)


class Command(BaseCommand):
    """The one process that people and Flagger talk to."""

    help = "Prepare the database and serve Aviary on HOST:PORT."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--no-migrate`, for deployments that migrate in a step of their own."""
        parser.add_argument("--no-migrate", action="store_true", help="leave the database as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, ensure an administrator, serve."""
        listening = self._listen()
        self._prepare(migrate=not options["no_migrate"])
        config = uvicorn.Config(
            "dashboard.asgi:application",
            http=JoinedHttpProtocol,
            log_level="warning",
            access_log=False,
            backlog=BACKLOG,
            # Flagger leaves idle connections for 90 s; other clients come back at once or not at all.
            timeout_keep_alive=5,
            timeout_graceful_shutdown=8,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            server_header=False,
            # Whoever reaches the port may write these headers; only a proxy in front makes them true.
            proxy_headers=bool(settings.PUBLIC_URL),
        )
        server = Server(config)
        # uvicorn has ended in order by then, and raises the signal once more.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
        if not server.started:
            raise CommandError("Aviary could not start; the reason is above.")

    def _listen(self) -> socket.socket:
        """Take the port first: the demo cluster must know it, and a taken one is said before any work."""
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        try:
            listening = socket.create_server((settings.HOST, settings.PORT), family=family, backlog=BACKLOG)
        except OSError as error:
            raise CommandError(
                f"Aviary cannot listen on {settings.HOST}:{settings.PORT}. Is PORT taken? ({error.strerror})"
            ) from error
        settings.PORT = listening.getsockname()[1]
        return listening

    def _prepare(self, *, migrate: bool) -> None:
        try:
            with one_at_a_time():
                if migrate:
                    call_command("migrate", interactive=False, verbosity=0)
                self._administrator()
        except DatabaseError as error:
            raise CommandError(f"The database cannot be prepared: {error}. Check DATABASE_URL.") from error

    def _administrator(self) -> None:
        """User `admin`, on the first start only; a made-up password is shown once."""
        users = get_user_model()
        if users.objects.filter(is_superuser=True).exists():
            return
        password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
        users.objects.create_superuser("admin", "", password)
        if not settings.ADMIN_PASSWORD:
            self.stdout.write(f"First start: sign in as admin with the password {password} (shown only now).")
