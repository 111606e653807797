"""What tests of the services share."""

from __future__ import annotations

import pytest

from tests.people import Company
from tests.services.counter import Counter


@pytest.fixture
def counter(acme: Company) -> Counter:
    """A small workflow at Acme."""
    return Counter.of(acme)
