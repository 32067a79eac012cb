"""Secrets in running text that are no addresses: headers, `user:password`, and options that hold one.

What looks like prose stays: people have to read what Flagger says of basic checks and bearer tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.secret_names import MASK, is_secret

_PROOF = re.compile(r"\b(Bearer|Basic)(\s+)([A-Za-z0-9._~+/=-]{6,})")
_PROSE = {
    "Bearer": re.compile(r"(?:tokens?|auth[a-z]*|credentials?|realm=?)[.]?", re.IGNORECASE),
    # What is encoded has a capital letter, a digit or an equals sign somewhere.
    "Basic": re.compile(r"[A-Z]?[a-z]+(?:[-./]+[A-Z]?[a-z]+)*[-./]*|realm="),
}
_AUTHORIZATION = re.compile(
    r"(\bauthorization[\"']?\s*[:=]\s*[\"']?)((?:[a-z]+\s+)?)([^\s\"',;]+)", re.IGNORECASE
)
# `-H 'X-Api-Key: x'`: the value goes on to the quote, or to a blank where there is none.
_HEADER = re.compile(r"(?<![\w-])(?:-H\s*|--header[\s=]+)(\\?[\"']|)([\w-]+)\s*:\s*")
_SCHEME = re.compile(r"(?:Bearer|Basic|Digest|Token|ApiKey)\s+", re.IGNORECASE)
# `-u user:password` of curl, `-a user:password` of hey.
_USER = re.compile(
    r"((?<![\w-])(-[uU]\s*|-a\s+|--(?:proxy-)?user[\s=]+))"
    r"(?:([\"'])([^\s:\"'=/]+):((?:(?!\3).)+)|([^\s:\"'=/]+):([^\s\"']+))"
)
_DASHED = r"(?<![\w-])--?[A-Za-z][\w.-]*(?:=|\s+(?!-))"
# Where nothing says that it is a command line, only what looks like a variable of the environment.
_OPTIONS = re.compile(rf"{_DASHED}|(?<![\w.-])[A-Z][A-Z0-9_]*=")
_ANY_OPTIONS = re.compile(rf"{_DASHED}|(?<![\w.-])[A-Za-z][\w.-]*=")
_NAME = re.compile(r"[A-Za-z][\w.-]*")
_VALUE = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s;&|\"'])+")


def mask_command(text: str, *, certain: bool = False) -> str:
    """The text with such secrets masked. `certain`: it surely is a command line, so `token=x` counts too."""
    text = "".join(_headers(text))
    text = _AUTHORIZATION.sub(_authorized, text)
    text = _USER.sub(_user, _PROOF.sub(_proven, text))
    return "".join(_options(text, _ANY_OPTIONS if certain else _OPTIONS))


def mask_header(line: str) -> str:
    """A whole argument such as `X-Api-Key: x`, which stands behind its `-H` in a list."""
    name, colon, value = line.partition(":")
    if not colon or not value.strip() or not re.fullmatch(r"[\w-]+", name) or not is_secret(name):
        return line
    blank = value[: len(value) - len(value.lstrip())]
    scheme = _SCHEME.match(value.strip())
    return f"{name}:{blank}{scheme[0] if scheme else ''}{MASK}"


def is_user(text: str) -> bool:
    """Whether it is `user:password`; two numbers are the user and the group that a process runs as."""
    user, colon, password = text.partition(":")
    return bool(user and colon and password) and not (user.isdigit() and password.isdigit())


def _headers(text: str) -> Iterator[str]:
    done = 0
    while found := _HEADER.search(text, done):
        yield text[done : found.end()]
        done = found.end()
        if not is_secret(found[2]) and found[2].lower() != "cookie":
            continue
        ends = text.find(found[1], done) if found[1] else -1
        if ends < 0:
            blank = re.compile(r"[\"']|$" if found[1] else r"[\s\"']|$").search(
                text, scheme.end() if (scheme := _SCHEME.match(text, done)) else done
            )
            ends = blank.start() if blank else len(text)
        if scheme := _SCHEME.match(text, done, ends):
            yield scheme[0]
        yield MASK if ends > done else ""
        done = ends
    yield text[done:]


def _authorized(found: re.Match[str]) -> str:
    scheme, value = found[2], found[3]
    known = _SCHEME.fullmatch(scheme)
    # "authorization: permission denied" says what went wrong.
    if not known and re.fullmatch(r"[A-Za-z]?[a-z]+[.]?", value):
        return found[0]
    return f"{found[1]}{scheme}{MASK}" if known or not scheme else found[0]


def _proven(found: re.Match[str]) -> str:
    return found[0] if _PROSE[found[1]].fullmatch(found[3]) else f"{found[1]}{found[2]}{MASK}"


def _user(found: re.Match[str]) -> str:
    quote, user, password = found[3] or "", found[4] or found[6], found[5] or found[7]
    # `-a host:80` is an address to most programs.
    port = found[2].startswith("-a") and password.rstrip(".,;").isdigit()
    if port or not is_user(f"{user}:{password}"):
        return found[0]
    return f"{found[1]}{quote}{user}:{MASK}"


def _options(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """A value is skipped only when it is masked: that of `sh -c` holds options itself."""
    done = 0
    while found := pattern.search(text, done):
        yield text[done : found.end()]
        done = found.end()
        name = _NAME.search(found[0])
        value = _VALUE.match(text, done)
        if name and value and is_secret(name[0]):
            yield MASK
            done = value.end()
    yield text[done:]
