"""Real people's messages: the genres they want and those they refuse."""

from __future__ import annotations

from tests.understanding.genres import measure


def test_wanted_and_refused_genres_are_read_from_real_messages() -> None:
    wanted, refused = measure()
    assert wanted.expected > 250
    assert wanted.f1 >= 0.92
    assert refused.expected >= 20
    assert refused.f1 >= 0.80
