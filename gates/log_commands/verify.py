"""`audit verify`: proof that nothing was edited, deleted, inserted, reordered or cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.db import connection

from gates import guards, index_proof, proof, verifications
from gates.log_commands import Options
from gates.proof import Report
from gates.proof_signed import Signed

HELP = "Prove the log: exit status 1 and the number of the first bad entry when it is not whole."
TEXTS = ("hash", "at", "key_id", "public_key", "signature")


def arguments(parser: CommandParser) -> None:
    """What to prove it against."""
    parser.add_argument(
        "--checkpoints",
        metavar="FILE",
        action="append",
        default=[],
        help="checkpoints that were kept elsewhere, JSON Lines; may be repeated",
    )
    parser.add_argument(
        "--trust",
        metavar="KEY",
        action="append",
        default=[],
        help="a public key in base64 whose signatures hold; may be repeated",
    )

    parser.add_argument(
        "--index",
        action="store_true",
        help="also compare the index of searches with the entries; takes longer than the log itself",
    )


def run(out: OutputWrapper, options: Options) -> None:
    """Say what is proven, or which entry is bad; the audit page shows how it ended."""
    elsewhere = [each for name in options["checkpoints"] for each in read(Path(name))]
    report = proof.verify(elsewhere, options["trust"])
    if found := report.problem:
        verifications.record(report.seq, ok=False, first_bad=found.seq, why=found.text)
        where = "" if found.seq is None else f" at entry {found.seq}"
        raise CommandError(f"The audit log is not sound{where} ({found.kind}): {found.text}.")
    verifications.record(report.seq, ok=True)
    _tell(out, report, len(elsewhere))
    _index(out, wanted=options["index"])
    if missing := guards.missing(connection):
        names = ", ".join(missing)
        out.write(f"But the database would not refuse changes: triggers are missing or changed ({names}).")


def _index(out: OutputWrapper, *, wanted: bool) -> None:
    if not wanted:
        out.write("The index of searches was not compared with it: --index does that.")
        return
    if wrong := index_proof.verify():
        raise CommandError(
            f"The log is sound, but not its index: {wrong}. Searches may miss entries, exports do not:"
            " make the index anew with `manage.py audit reindex`."
        )
    out.write("The index of searches says what the entries say.")


def read(path: Path) -> list[dict[str, Any]]:
    """The checkpoints of a file; raises CommandError with the line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            checkpoint = {name: value[name] for name in Signed.FIELDS}
            whole = type(checkpoint["seq"]) is int and all(
                isinstance(checkpoint[name], str) for name in TEXTS
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            whole = False
        if not whole:
            raise CommandError(f"{path}, line {number} is no checkpoint.")
        found.append(checkpoint)
    return found


def _tell(out: OutputWrapper, report: Report, elsewhere: int) -> None:
    out.write(f"The audit log is sound: {report.count} entries, up to number {report.seq}.")
    if report.tombstones:
        out.write(f"{report.seq - report.count} entries before them were pruned, as tombstones say.")
    if report.checkpoints or elsewhere:
        out.write(f"{report.checkpoints} checkpoints here and {elsewhere} from elsewhere agree with it.")
    if report.signed_up_to:
        out.write(f"A trusted key has signed it up to entry {report.signed_up_to}.")
    if report.untrusted:
        ids = ", ".join(sorted(report.untrusted))
        out.write(f"But nobody said which keys to trust: signed by {ids}. Say so with --trust.")
    if not (report.checkpoints or elsewhere):
        out.write("No checkpoint says that nothing was cut off at its end: see docs/audit.md.")
