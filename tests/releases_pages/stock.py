"""`python -m tests.releases_pages.stock`: a release with an approval in the database that is set."""

from __future__ import annotations

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    from tests.releases_pages import shelf

    shelf.approved(shelf.release("checkout", "shelf"))
