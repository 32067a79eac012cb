"""Names to offer while somebody types a filter: from the newest entries that this reader may see."""

from __future__ import annotations

from gates import audit
from gates.access_rights import Access

# Only the newest entries are looked at: names are a help, any other text is taken as well.
LOOKED_AT = 2000
MOST = 100


def names(access: Access) -> dict[str, list[str]]:
    """`persons`, `namespaces` and `canaries`, each sorted, at most MOST."""
    head = audit.newest()
    seen = access.entries().filter(seq__gt=head - LOOKED_AT).order_by()
    rows = set(seen.values_list("actor", "cluster", "namespace", "name"))
    found = {
        "persons": {actor for actor, *_where in rows},
        "namespaces": {namespace for _who, cluster, namespace, _name in rows if cluster and namespace},
        "canaries": {f"{namespace}/{name}" for _who, cluster, namespace, name in rows if cluster and name},
    }
    return {kind: sorted(each)[:MOST] for kind, each in found.items()}
