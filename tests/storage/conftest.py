from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.catalogue.catalogues import Catalogues
from storage.person.people import People
from storage.sql.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(None, tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def catalogues(database: Database) -> Catalogues:
    return Catalogues(database)
