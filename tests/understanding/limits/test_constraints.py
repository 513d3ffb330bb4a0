"""Limits on years, lengths and other numbers."""

from __future__ import annotations

import pytest

from tests.understanding.corpus import understander


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("something from the 80s", {"year_min": 1980, "year_max": 1989}),
        ("from the nineties", {"year_min": 1990, "year_max": 1999}),
        ("before 1990", {"year_max": 1989}),
        ("nothing before 1990", {"year_min": 1990}),
        ("nothing older than 1990", {"year_min": 1990}),
        ("after 2000", {"year_min": 2001}),
        ("2005 or later", {"year_min": 2005}),
        ("between 1970 and 1980", {"year_min": 1970, "year_max": 1980}),
        ("made in 1999", {"year_min": 1999, "year_max": 1999}),
        ("from the last ten years", {"year_min": 2005}),
        ("under two hours", {"runtime_max": 120}),
        ("at least 90 minutes", {"runtime_min": 90}),
        ("no more than 1h45", {"runtime_max": 105}),
        ("two and a half hours max", {"runtime_max": 150}),
        ("metacritic over 80", {"metacritic_min": 80}),
        ("not too long please", {"runtime_max": 120}),
        ("a ghost story, not too old", {"year_min": 1991}),
        ("a not so old comedy", {"year_min": 1991}),
        ("a thriller but not too recent", {"year_max": 2004}),
        ("I'm not that old", {}),
        ("my kids are not too old, what can we watch", {}),
        ("I saw 2001: A Space Odyssey and 300", {}),
        ("I have been waiting for years", {}),
    ],
)
def test_limits_are_read_as_said(text: str, expected: dict[str, float]) -> None:
    assert understander().understand(text).constraints == expected
