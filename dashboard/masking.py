"""Secrets are masked before an address, a command line or a message is kept or shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dashboard.command_lines import mask_command
from dashboard.secret_names import MASK

_USER = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*@")
_TOKEN_PATH = re.compile(r"/t/[^/?#]+")
# Names that carry a secret, whatever is written around them.
_SECRET_QUERY = re.compile(
    r"([?&;][^=&;#]*(?:token|secret|password|passwd|apikey|api_key|api-key|access_key|auth|signature|sig|key)"
    r"[^=&;#]*=)[^&;#]*",
    re.IGNORECASE,
)
# What an OpenID provider sends people back with.
_CODE = re.compile(r"([?&;]code=)[^&;#]*", re.IGNORECASE)


def mask(url: str) -> str:
    """The address without `user:password@`, `/t/<token>` and the values of secret query fields."""
    url = _USER.sub(lambda found: f"{found[1] or ''}//{MASK}@", url)
    url = _TOKEN_PATH.sub(f"/t/{MASK}", url)
    return _CODE.sub(rf"\g<1>{MASK}", _SECRET_QUERY.sub(rf"\g<1>{MASK}", url))


# A chat's webhook address is a secret in whole: whoever knows it may write there.
_CHATS = ("hooks.slack.com", "discord.com", "discordapp.com", "webhook.office.com", "chat.googleapis.com")
# A scheme is short: without a limit, a long word takes time by the square of its length.
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s\"'<>]+")


def mask_whole(url: str) -> str:
    """Only scheme, host and port of the address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return MASK
    if not host:
        return MASK if url else ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}/{MASK}"


def mask_text(text: str) -> str:
    """Running text with every address in it masked, a chat's in whole, and what headers and options hold."""
    return mask_command(_ADDRESS.sub(_masked, text))


def _masked(found: re.Match[str]) -> str:
    host = found[0].split("://", 1)[1].split("/", 1)[0].lower()
    return mask_whole(found[0]) if host.endswith(_CHATS) else mask(found[0])
