"""`audit export`: the log, or what filters let through, into a file."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from gates import export, export_csv
from gates.access_rights import EVERYTHING
from gates.audit import OPERATOR, SYSTEM_ORIGIN
from gates.filters import Filters
from gates.log_commands import Options, moment

HELP = "Write the log into a file, as JSON Lines or CSV, with a manifest; this is an entry itself."
# All others are texts.
TYPED = ("since", "until", "decision")
TEXTS = [each.name for each in fields(Filters) if each.name not in TYPED]
WRITERS = {export.JSON_LINES: export.json_lines, export.CSV: export_csv.zipped}


def arguments(parser: CommandParser) -> None:
    """The file, its format, and the filters of the log."""
    parser.add_argument("file", help="where to; - is the standard output, an existing file is kept")
    parser.add_argument("--format", choices=sorted(WRITERS), default=export.JSON_LINES)
    for name in TEXTS:
        parser.add_argument(f"--{name}")
    parser.add_argument("--since", type=moment, help="included; 2026-01-31 or 2026-01-31T12:00:00+00:00")
    parser.add_argument("--until", type=moment, help="not included")
    parser.add_argument("--decision", type=int, help="this entry and those that name it")


def run(out: OutputWrapper, options: Options) -> None:
    """Write it; nothing is entered when the file cannot be made."""
    given = {name: options[name] for name in (*TEXTS, *TYPED)}
    filters = Filters(**{name: value for name, value in given.items() if value is not None})
    try:
        with _opened(options["file"]) as file:
            made = export.begin(EVERYTHING, filters, options["format"], OPERATOR, SYSTEM_ORIGIN)
            for piece in WRITERS[options["format"]](made):
                file.write(piece)
    except export.Incomplete as error:
        raise CommandError(f"{options['file']} is not whole: {error}") from error
    except OSError as error:
        raise CommandError(f"{options['file']} cannot be written: {error}. Name another file.") from error
    if options["file"] != "-":
        out.write(f"{made.count} entries, up to number {made.last}; the export is entry {made.entry}.")


def _opened(name: str) -> BinaryIO:
    return open(sys.stdout.fileno(), "wb", closefd=False) if name == "-" else Path(name).open("xb")
