"""What a client is told of an error: the sentence, and no folder of this machine."""

from __future__ import annotations

import pytest

from bot.core.errors import CatalogueError
from bot.web.view.error_sentences import told, without_folders


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("expected one at /home/ana/a.csv; found none.", "expected one at a.csv; found none."),
        ("'/srv/tastebot/db.sqlite3' is locked", "'db.sqlite3' is locked"),
        ("sqlite:////srv/tastebot/db.sqlite3 is locked", "db.sqlite3 is locked"),
        (r"C:\Users\ana\films.csv cannot be read", "films.csv cannot be read"),
        (r"\\server\share\films.csv cannot be read", "films.csv cannot be read"),
        ("Check /var/lib/tastebot/ first", "Check a folder first"),
        ("Sign in at /login", "Sign in at /login"),
        ("see https://box.test/a/b/c", "see https://box.test/a/b/c"),
        ("found 1/2/3 of and/or", "found 1/2/3 of and/or"),
    ],
)  # fmt: skip
def test_a_path_is_cut_down_to_its_last_part(words: str, said: str) -> None:
    assert without_folders(words) == said


def test_an_error_for_people_keeps_its_sentence_and_any_other_tells_nothing() -> None:
    assert told(CatalogueError("expected a file at /a/b/c.csv")) == "expected a file at c.csv."
    assert "secret" not in told(RuntimeError("/a/secret is broken"))
