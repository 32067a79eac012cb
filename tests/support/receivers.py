"""Where messages arrive on this machine: a real HTTP server and a real mail server."""

from __future__ import annotations

import email
import json
import threading
import time
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SECRET = "T0PS3CR3T-path"


class Room:
    """A chat room behind a webhook. `status` is what it answers; `close` and `open` keep the port.

    `titles` and `bodies` are those of the messages that it took, in order; `asked` counts every call.
    """

    def __init__(self) -> None:
        self.status, self.asked, self.pause = 200, 0, 0.0
        self.taken: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.open()

    @property
    def url(self) -> str:
        """As apprise wants it, with a part that is secret."""
        return f"json://127.0.0.1:{self.port}/{SECRET}"

    @property
    def titles(self) -> list[str]:
        """Of the messages that were taken."""
        return [message["title"] for message in self.taken]

    @property
    def bodies(self) -> list[str]:
        """Of the messages that were taken."""
        return [message["message"] for message in self.taken]

    def open(self) -> None:
        """Listen, on the same port as before."""
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with room._lock:
                    room.asked += 1
                time.sleep(room.pause)
                with room._lock:
                    if room.status < 300:
                        room.taken.append(json.loads(body))
                self.send_response(room.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Refuse every connection."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Controller(Controller):
    """On any free port."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """A mail server that takes everything; `mails` in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)
        self._controller.start()

    @property
    def url(self) -> str:
        """As apprise wants it."""
        return (
            f"mailto://127.0.0.1:{self._controller.port}?smtp=127.0.0.1&mode=insecure&format=text"
            "&from=aviary@example.org&to=oncall@example.org"
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One mail."""
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def close(self) -> None:
        """End."""
        self._controller.stop()
