"""A canary to tell stories of."""

from __future__ import annotations

import pytest

from tests.releases.story import Story


@pytest.fixture
def story() -> Story:
    """A canary that is installed, and watched from the first."""
    story = Story()
    story.installed()
    return story
