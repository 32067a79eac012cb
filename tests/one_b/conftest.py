"""Pages as in tests/pages, on the same hand-made canaries."""

from __future__ import annotations

from tests.pages.conftest import approver, store, stranger, viewer

__all__ = ["approver", "store", "stranger", "viewer"]
