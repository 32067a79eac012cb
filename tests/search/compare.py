"""`python -m tests.search.compare`: random searches in a log of three segments beside going through it all.

A program, so that it runs on whatever DATABASE_URL names. Prints what differs; nothing when nothing does.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
ENTRIES, SEARCHES, PRUNED = 17_000, 60, 9_000
Case = tuple[str, Any, Callable[[Any], bool]]


def main() -> None:
    """Fill the database, index two segments of it, search."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks.log_seed import fill
    from gates import index_proof, indexing
    from tests.search import tampered

    fill(ENTRIES)
    assert indexing.catch_up() == 2 * 8192
    dice = random.Random(int(sys.argv[1]))
    for problem in problems(dice, SEARCHES):
        print(problem)
    for problem in tampered.problems():
        print(problem)
    prune()
    if wrong := index_proof.verify():
        print(f"pruned, {wrong}")
    for problem in problems(dice, SEARCHES // 3):
        print(f"pruned, {problem}")
    for problem in orphans():
        print(problem)


def prune() -> None:
    """Take the first entries away, more than a segment; the index stays as it is."""
    from django.db import connection, transaction

    from gates import guards
    from gates.models import AuditEntry

    with transaction.atomic():
        guards.remove(connection)
    AuditEntry.objects.filter(seq__lte=PRUNED).delete()


def orphans() -> Iterator[str]:
    """Answers that are not found by their decision's number since that was pruned."""
    from gates import search
    from gates.access_rights import EVERYTHING
    from gates.filters import Filters
    from gates.models import AuditEntry

    left = list(AuditEntry.objects.filter(decision__lte=PRUNED).order_by("seq")[:5])
    assert left
    for entry in left:
        found, _older = search.find(EVERYTHING, Filters(decision=entry.decision), None, 50)
        if entry not in found:
            yield f"{entry.seq} is not found as an answer to {entry.decision}"


def problems(dice: random.Random, searches: int) -> Iterator[str]:
    """Searches that found something else than is there."""
    from gates import search
    from gates.filters import Filters
    from gates.models import AuditEntry

    log = list(AuditEntry.objects.order_by("-seq"))
    for number in range(searches):
        access = dice.choice(READERS)()
        visible = set(access.entries().values_list("seq", flat=True))
        some = dice.sample(cases(dice.choice(log)), k=dice.choice((0, 1, 1, 2, 2, 3, 4)))
        filters = Filters(**{name: value for name, value, _check in some})
        wanted = [e.seq for e in log if e.seq in visible and all(check(e) for _n, _v, check in some)]
        before = dice.choice((None, None, dice.randrange(1, ENTRIES)))
        left = [seq for seq in wanted if before is None or seq < before]
        page, cursor = search.find(access, filters, before, 50)
        if [entry.seq for entry in page] != left[:50]:
            yield f"{number}: find {filters} for {access} before {before}"
        if cursor != (left[49] if len(left) > 50 else None):
            yield f"{number}: cursor of {filters} for {access} before {before}"
        after = dice.randrange(ENTRIES)
        newer = search.newer(access, filters, after)
        if newer != min(sum(seq > after for seq in wanted), search.MOST_NEWER):
            yield f"{number}: newer {filters} for {access} after {after}"
        streamed = [entry.seq for entry in search.stream(access, filters, after)]
        if streamed != sorted(seq for seq in wanted if seq > after):
            yield f"{number}: stream {filters} for {access} after {after}"


def cases(entry: Any) -> list[Case]:
    """Filters that let this entry through, each with what it means."""
    from gates import topics

    minute = timedelta(minutes=1)
    part, word = entry.name[1:-1].upper(), (entry.reason.split() or ["x"])[-1][:6].upper()
    image = (entry.images or ["no:such"])[0][-9:]
    found: list[Case] = [
        ("canary", part, lambda e: part.lower() in e.name or part.lower() in e.namespace),
        ("namespace", entry.namespace, lambda e: e.namespace == entry.namespace),
        ("action", entry.action, lambda e: e.action == entry.action),
        ("actor", entry.actor, lambda e: e.actor == entry.actor),
        ("outcome", entry.outcome, lambda e: e.outcome == entry.outcome),
        ("since", entry.at - 99 * minute, lambda e: e.at >= entry.at - 99 * minute),
        ("until", entry.at + minute, lambda e: e.at < entry.at + minute),
        ("revision", entry.revision[:2], lambda e: e.revision.startswith(entry.revision[:2])),
        ("image", image, lambda e: any(image in each for each in e.images + e.images_from)),
        ("release", entry.release, lambda e: entry.release in ("", e.release)),
        ("cluster", entry.cluster, lambda e: entry.cluster in ("", e.cluster)),
        ("text", f"is {word}", lambda e: "is" in e.reason and word.lower() in e.reason.lower()),
    ]
    if entry.seq % 3 == 0 and (topic := topics.of(entry.action)):
        found[2] = ("action", topic, lambda e: topics.of(e.action) == topic)
    if entry.subject:
        decision = entry.decision or entry.seq
        found.append(("decision", decision, lambda e: decision in (e.seq, e.decision)))
        whole = f"{entry.namespace}/{entry.name}"
        found[0] = ("canary", whole, lambda e: e.subject == entry.subject) if entry.seq % 2 else found[0]
    return found


def limited(*roles: tuple[str, str]) -> Callable[[], Any]:
    """A reader with these roles."""

    def access() -> Any:
        from gates.access_rights import of_roles

        return of_roles(roles)

    return access


READERS = [
    limited(("admin", "*")),
    limited(("auditor", "*")),
    limited(("viewer", "*")),
    limited(("viewer", "payments-*")),
    limited(("viewer", "payments-prod, *-q?")),
    limited(("admin", "catalog-*"), ("viewer", "mail-dev")),
    limited(("viewer", "nothing-of-all")),
    limited(),
]


if __name__ == "__main__":
    main()
