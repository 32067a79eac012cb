"""`python -m tests.releases_pages.stock`: two releases in the database that is set.

One has an approval. The other failed a check, was settled, and event hooks told a lot since.
"""

from __future__ import annotations

import os
from datetime import timedelta

import django


def failed() -> None:
    """The release whose messages have made room."""
    from dashboard.releases import settling
    from tests.releases_pages import shelf, test_told

    made = shelf.release("cart", "told", checks=[test_told.LATENCY], settled=False)
    test_told.tell(made, (310, test_told.FAILED))
    settling.settle_ended(made.cluster, made.began_at + timedelta(hours=1))
    test_told.tell(made, *((5000 + number, f"later {number}") for number in range(600)))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    from tests.releases_pages import shelf

    wide = f"{shelf.DIFF} - --{'very-' * 60}long=true\n"
    shelf.approved(shelf.release("checkout", "shelf", changes=wide))
    failed()
