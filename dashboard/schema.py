"""Whether this version may serve on the database as it is: neither an older schema nor an unknown one.

An old replica goes on beside a new one during an upgrade, and may restart meanwhile. It does not know the
new migrations, so their names say what it has to know: `0012_add_…` only adds (docs/upgrading.md).
"""

from __future__ import annotations

import re

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OURS = {"gates", "dashboard"}
ADDS = re.compile(r"\d{4}_add_")


class WrongSchema(Exception):
    """This version must not serve on this database; the text says why, and what to do."""


def unknown() -> None:
    """Raise WrongSchema when a newer version has changed more than this one can live with."""
    loader = MigrationExecutor(connection).loader
    newer = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations.keys() - loader.disk_migrations.keys()
        if app in OURS and not ADDS.match(name)
    )
    if newer:
        raise WrongSchema(
            f"The database was migrated by a newer version of Aviary, which this one cannot serve beside: "
            f"{', '.join(newer)}. Upgrade this one to that version, or restore the backup made before."
        )


def older() -> None:
    """Raise WrongSchema when a migration of this version is missing."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _back in plan[:5])
        raise WrongSchema(
            f"The database is older than this version of Aviary: {len(plan)} migrations are missing "
            f"({names}{', …' if len(plan) > 5 else ''}). Run `python manage.py migrate` once, "
            "or serve without --no-migrate."
        )
