"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ticketflower import embedded


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """One throw-away PostgreSQL server for this test run (with xdist: for this worker).

    ``postgres.url`` is the app role's address, ``postgres.admin_url`` the owner's; ``create_database`` makes more.
    """
    with embedded.throwaway(tmp_path_factory.mktemp("postgres")) as server:
        yield server
