"""Pages of others against the server, in short: one name of the server, from every side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.drills.foreign_pages import Report, opened, run

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("accounts", [False, True], ids=["without accounts", "with accounts"])
def test_no_page_of_others_reads_or_changes_anything(accounts: bool) -> None:
    def drilled() -> Report:
        with opened() as browser:
            return run(browser, accounts=accounts, whole=False)

    # In a thread of its own: where browser tests ran before, this one has a browser already.
    with ThreadPoolExecutor(1) as apart:
        report = apart.submit(drilled).result()

    assert report.wrong == []
    assert report.tries > 500
