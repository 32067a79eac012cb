"""`manage.py serve`: prepare the database, make the first account, then serve until told to stop."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError, transaction

from dashboard import admin_entries, errors, logs, peer, schema, settings_entry
from dashboard.joined_writes import JoinedHttpProtocol
from dashboard.preparing import one_at_a_time
from dashboard.server import UNDER_WAY, Server
from gates import log_entries
from gates.audit import SYSTEM, SYSTEM_ORIGIN

# Connections that wait while all others are being answered; Flagger opens one for each call.
BACKLOG = 2048


class Command(BaseCommand):
    """The one process that people and Flagger talk to."""

    help = "Prepare the database and serve Aviary on HOST:PORT."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--no-migrate`, for deployments that migrate in a step of their own."""
        parser.add_argument("--no-migrate", action="store_true", help="migrate in a step of its own")

    def check(self, *args: Any, **options: Any) -> None:
        """What the system checks find is in the log, where others read it."""
        if settings.LOG_FORMAT == "json":
            self.stderr = OutputWrapper(logs.Lines())  # type: ignore[arg-type]  # It writes no more than that.
        super().check(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, ensure an administrator, serve."""
        logs.catch_everything()
        logging.getLogger("django.request").addFilter(errors.in_one_line)
        listening = self._listen()
        apart = [self._take(settings.WEBHOOK_PORT, "AVIARY_WEBHOOK_PORT")] if settings.WEBHOOK_PORT else []
        self._prepare(migrate=not options["no_migrate"])
        config = uvicorn.Config(
            "dashboard.asgi:application",
            http=JoinedHttpProtocol,
            ws="dashboard.light_sockets:LightWebSocketProtocol",
            # Django has configured every logger.
            log_config=None,
            log_level="warning",
            access_log=False,
            backlog=BACKLOG,
            # Flagger leaves idle connections for 90 s; other clients come back at once or not at all.
            timeout_keep_alive=5,
            timeout_graceful_shutdown=UNDER_WAY - settings.DRAIN_SECONDS,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            server_header=False,
            # Whoever reaches the port may write these headers; only a proxy in front makes them true. They
            # are read from the right, as far as trusted proxies wrote them.
            proxy_headers=bool(settings.PUBLIC_URL or settings.TRUSTED_PROXIES),
            forwarded_allow_ips=[str(each) for each in settings.TRUSTED_PROXIES] or None,
        )
        peer.install(config)
        server = Server(config)
        # uvicorn has ended in order by then, and raises the signal once more.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening, *apart])
        if not server.started:
            raise CommandError("Aviary could not start; the reason is above.")

    def _listen(self) -> socket.socket:
        """Take the port first: the demo cluster must know it, and a taken one is said before any work."""
        listening = self._take(settings.PORT, "PORT")
        settings.PORT = listening.getsockname()[1]
        return listening

    def _take(self, port: int, named: str) -> socket.socket:
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        try:
            return socket.create_server((settings.HOST, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise CommandError(
                f"Aviary cannot listen on {settings.HOST}:{port}. Is {named} taken? ({error.strerror})"
            ) from error

    def _prepare(self, *, migrate: bool) -> None:
        try:
            with one_at_a_time():
                schema.unknown()
                if migrate:
                    call_command("migrate", interactive=False, verbosity=0)
                schema.older()
                self._administrator()
                settings_entry.enter()
        except schema.WrongSchema as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be prepared: {error}. Check DATABASE_URL.") from error

    def _administrator(self) -> None:
        """User `admin`, on the first start only; a made-up password is shown once."""
        users = get_user_model()
        if users.objects.filter(is_superuser=True).exists():
            return
        password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
        with transaction.atomic():
            admin = users.objects.create_superuser("admin", "", password)
            about = admin_entries.person(admin)
            log_entries.enter(
                "person.created", SYSTEM, SYSTEM_ORIGIN, kind="person", name="admin", after=about
            )
        if not settings.ADMIN_PASSWORD:
            logs.say(
                settings.LOG_FORMAT,
                f"First start: sign in as admin with the password {password} (shown only now).",
            )
