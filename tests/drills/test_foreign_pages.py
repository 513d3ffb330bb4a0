"""Pages of others against the server, in short: one name of the server, from every side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.drills.foreign_pages import opened, run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def outside() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.mark.parametrize("accounts", [False, True], ids=["without accounts", "with accounts"])
def test_no_page_of_others_reads_or_changes_anything(outside: Browser, accounts: bool):
    report = run(outside, accounts=accounts, whole=False)

    assert report.wrong == []
    assert report.tries > 500
