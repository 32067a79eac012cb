"""How every canary stands now, for the first paint of a list.

The publisher has it all in memory, up to some entry of the log. Whoever has just decided must see that
decision, whichever process took it: entries after that one name the canaries to be read from the database.
Without a publisher that keeps up, everything is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import entry, known, publishers, warned
from dashboard.roll import AnyRoll, Roll, as_one
from dashboard.store import Store
from gates import freezing
from gates.models import AuditEntry

# More entries than these since, and reading everything is not slower.
MOST_LATER = 200


def of_all(stores: Sequence[Store]) -> AnyRoll:
    """The same over all clusters."""
    return as_one([roll(store) for store in stores])


def roll(store: Store) -> Roll:
    """Asks the database: once as a rule."""
    source = publishers.of(store.cluster)
    settled = source.settled() if source is not None and source.store is store else None
    if source is None or settled is None:
        return _read(store)
    later = list(
        AuditEntry.objects.filter(seq__gt=settled)
        .order_by("seq")
        .values_list("action", "cluster", "namespace", "name")[: MOST_LATER + 1]
    )
    if not later:
        return source.roll
    if len(later) > MOST_LATER or any(action in freezing.ACTIONS for action, *_place in later):
        return _read(store)
    keys = {(namespace, name) for _action, cluster, namespace, name in later if cluster == store.cluster}
    read = known.from_database(store, keys)
    fresh = {key: entry.of(one, warned=source.warned.get(one.view.canary)) for key, one in read.items()}
    return source.roll.replacing((entry.place(store.cluster, key), fresh.get(key)) for key in keys)


def _read(store: Store) -> Roll:
    source = publishers.of(store.cluster)
    warns = source.warned.get if source is not None else warned.warned
    return Roll(entry.of(each, warned=warns(each.view.canary)) for each in known.everything(store))
