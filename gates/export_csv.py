"""The log as CSV, with its manifest beside it: a ZIP of `entries.csv` and `manifest.json`.

A table has no place for a manifest that every reader of CSV would leave alone, and a second download could
be of another moment. For people and spreadsheets; what proves the log is the export as JSON Lines.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from typing import Any

from gates import chain
from gates.export import COLUMNS, Export, Fields

ENTRIES, MANIFEST = "entries.csv", "manifest.json"
# What spreadsheets take for a formula, in both widths, and what hides one from the eye.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
QUICK = 1  # of zlib's levels


class _Sink(io.RawIOBase):
    """Collects what is written; whoever streams takes it away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def zipped(export: Export) -> Iterator[bytes]:
    """The ZIP, a piece for each page."""
    sink, digest = _Sink(), hashlib.sha256()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as archive:
        # Its size is not known before: Zip64 has room for any.
        with archive.open(_info(ENTRIES, export), "w", force_zip64=True) as member:
            for data in _tables(export):
                digest.update(data)
                member.write(data)
                yield sink.take()
        manifest = {**export.manifest(digest.hexdigest()), "columns": list(COLUMNS)}
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        archive.writestr(_info(MANIFEST, export), text.encode())
    yield sink.take()


def cell(value: Any) -> str:
    """As text that no spreadsheet computes: a `'` stands before what would begin a formula."""
    if isinstance(value, list | dict):
        return chain.packed(value).decode()  # type: ignore[arg-type]
    if value is None:
        return ""
    text = str(value).replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if _computed(text) else text


def _computed(text: str) -> bool:
    """A spreadsheet may take it for a formula; blanks and what cannot be seen are often cut off before."""
    if text.startswith(FORMULA):
        return True
    for letter in text:
        # Z: all kinds of blanks and ends of lines; C: control and format characters.
        if unicodedata.category(letter)[0] not in "ZC":
            return letter in FORMULA
    return False


def _tables(export: Export) -> Iterator[bytes]:
    """RFC 4180: every cell in quotes, CR LF at the end of each line, UTF-8."""
    yield _table([COLUMNS])
    for page in export.pages():
        yield _table([_row(fields) for fields in page])


def _table(rows: list[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _row(fields: Fields) -> list[str]:
    shown = {**fields, "at": chain.instant(fields["at"])}
    return [cell(shown[name]) for name in COLUMNS]


def _info(name: str, export: Export) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, export.made_at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
