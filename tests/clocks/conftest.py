"""Fixtures of the clock tests."""

import pytest
from hypothesis import settings

from tests.clocks.factories import make_ladder, told_kind

# A busy machine is no reason to fail: what an example may take is not what these tests are about.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def told(db):
    """The test kind, registered for one test; what the engine told it."""
    with told_kind() as found:
        yield found


@pytest.fixture
def ladder(db):
    """A ladder with the design's defaults."""
    return make_ladder()
