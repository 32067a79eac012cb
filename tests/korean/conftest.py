"""The pages' canaries and people, for readers of Korean."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.gates.conftest import launch_shared, sqlite_aviary
from tests.pages.conftest import approver, running, store, viewer

__all__ = ["approver", "launch_shared", "running", "sqlite_aviary", "store", "viewer"]


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """The test client leaves the reader's language behind in the thread."""
    yield
    translation.deactivate()
