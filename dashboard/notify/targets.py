"""Where messages go: the only file that imports apprise. Addresses are secret: `masked` is what is shown.

apprise is loaded when the first address is looked at: it costs a second and 45 MiB.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

LONGEST_URL = 2000
# These act on the machine that Aviary runs on.
LOCAL = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"})
# Of these the host is a place; of most others it is a part of the secret.
HOSTED = frozenset({"http", "https", "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
SEVERE = {"waiting": "warning", "deadline": "warning", "unapproved": "warning", "failed": "failure",
          "rolled-back": "failure", "succeeded": "success"}  # fmt: skip
LONGEST_ERROR = 500
# Shorter parts of an address are no secrets, and would tear words apart.
SHORTEST_SECRET = 4


def problem(url: str) -> str:
    """Why no message can be sent there, "" when one can: one line for a person, without the address."""
    if not url:
        return _("An address is needed: it says where the messages go.")
    if len(url) > LONGEST_URL:
        return _("The address is longer than 2,000 characters.")
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return _("The address holds a blank or a control character: one address, without blanks.")
    scheme = _scheme(url)
    if not scheme:
        return _("The address must begin with a service, as in slack://… or mailtos://….")
    if scheme in LOCAL:
        return _("“%(service)s” acts on Aviary's own machine: choose a service that people read.") % {
            "service": scheme
        }
    if _target(url) is not None:
        return ""
    plugin = _plugin(scheme)
    if plugin is None:
        if scheme in ("http", "https"):
            return _(
                "No service is known at this address. For any webhook write jsons:// instead of https://."
            )
        return _("“%(service)s” is no service that messages can be sent to.") % {"service": scheme}
    return _("This is no complete address for %(service)s. Write it as %(form)s.") % {
        "service": str(plugin.service_name),
        "form": str(plugin.templates[0]).replace("{schema}", scheme),
    }


def masked(url: str) -> str:
    """The address as it may be shown: `slack://…`, `jsons://hooks.example:8443/…`."""
    scheme = _scheme(url) or "…"
    place = ""
    if scheme in HOSTED:
        try:
            parts = urlsplit(url)
            place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        except ValueError:
            place = ""
    return f"{scheme}://{place}/…" if place else f"{scheme}://…"


def send(url: str, title: str, body: str, topic: str) -> str:
    """Send it now, which takes seconds; "" when it was taken, else why not, without the address."""
    target = _target(url)
    if target is None:
        return problem(url) or _("The address is not valid.")
    heard = _Heard()
    _log().addHandler(heard)
    try:
        taken = target.notify(body=body, title=title, notify_type=SEVERE.get(topic, "info"))
    except Exception as error:
        # A plugin's own mistake is one failed try.
        return _scrubbed(f"{type(error).__name__}: {error}", url)
    finally:
        _log().removeHandler(heard)
    return "" if taken else _scrubbed(heard.last or _("The service did not take the message."), url)


class _Heard(logging.Handler):
    """What apprise says in this thread: it tells only its log why something failed."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.thread, self.last = threading.get_ident(), ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last warning."""
        if record.thread == self.thread and record.levelno >= logging.WARNING:
            self.last = record.getMessage()


@cache
def _apprise() -> Any:
    """The library, with every service loaded."""
    with warnings.catch_warnings():
        # Of the library's own affairs.
        warnings.simplefilter("ignore")
        import apprise
        from apprise import manager_plugins

        managers: Any = manager_plugins
        managers.NotificationManager().load_modules()
    return apprise


@cache
def _log() -> logging.Logger:
    log = logging.getLogger("apprise")
    # Its lines may name addresses.
    log.propagate = False
    log.addHandler(logging.NullHandler())
    return log


def _scheme(url: str) -> str:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", url)
    return found[1].lower() if found else ""


def _target(url: str) -> Any:
    _log()
    asset = _apprise().AppriseAsset(
        app_id="Aviary", app_desc="Aviary", app_url="", async_mode=False, storage_mode="memory"
    )
    made = _apprise().Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    return None if made is None or made.schemas() & LOCAL else made


def _plugin(scheme: str) -> Any:
    plugins = _apprise().manager_plugins.NotificationManager()
    return plugins[scheme] if scheme in plugins.schemas() else None


def _scrubbed(text: str, url: str) -> str:
    """The text without any part of the address but its service and place."""
    shown = masked(url)
    for part in sorted(set(re.split(r"[/:@?&=#,+]+", f"{url}/{unquote(url)}")), key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET and part not in shown:
            text = text.replace(part, "…")
    return " ".join(text.split())[:LONGEST_ERROR]
