"""Secrets in webhook addresses are masked before an address is kept or shown."""

from __future__ import annotations

import re

MASK = "•••"
_USER = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*@")
_TOKEN_PATH = re.compile(r"/t/[^/?#]+")
# Names that carry a secret, whatever is written around them.
_SECRET_QUERY = re.compile(
    r"([?&;][^=&;#]*(?:token|secret|password|passwd|apikey|api_key|api-key|access_key|auth|signature|sig|key)"
    r"[^=&;#]*=)[^&;#]*",
    re.IGNORECASE,
)


def mask(url: str) -> str:
    """The address without `user:password@`, `/t/<token>` and the values of secret query fields."""
    url = _USER.sub(lambda found: f"{found[1] or ''}//{MASK}@", url)
    url = _TOKEN_PATH.sub(f"/t/{MASK}", url)
    return _SECRET_QUERY.sub(rf"\g<1>{MASK}", url)
