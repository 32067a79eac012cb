"""Now and then: is each release that is kept as running still what the cluster says?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dashboard.models import Release
from dashboard.releases.recorder import REMOVED
from dashboard.releases.sight import Sight
from dashboard.releases.track import Track
from dashboard.releases.where import Where
from dashboard.store import Store


def review(store: Store, tracks: Mapping[tuple[str, str], Track], now: datetime) -> dict[Where, list[Sight]]:
    """What to say again of running releases; call it while the store is live.

    A canary that was removed while nobody watched is told here, and so is the end that only a replica saw
    which did not live to write it.
    """
    columns = ("namespace", "name", "uid", "last_version")
    running = Release.objects.filter(cluster=store.cluster, current__isnull=False).values_list(*columns)
    told: dict[Where, list[Sight]] = {}
    for namespace, name, uid, version in running:
        key = namespace, name
        view, track = store.get(*key), tracks.get(key)
        if view is None or view.canary.uid != uid:
            told[Where(store.cluster, *key)] = [Sight(uid, version, now, ends=REMOVED)]
        elif track is not None and track.uid == uid:
            told[Where(store.cluster, *key)] = track.again()
    for key, track in tracks.items():
        if Where(store.cluster, *key) not in told:
            track.forget(now)
    return told
