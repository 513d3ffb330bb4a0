"""The short form of the drill, and that what it looks for is found."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from tests.drills import freezing_texts
from tests.drills.freezing_texts import LIMIT, repeated, words_of_lexicons, words_of_pattern


@pytest.mark.slow
def test_no_word_that_is_known_freezes_the_reading() -> None:
    command = [sys.executable, "-m", "tests.drills.freezing_texts", "--short"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("PASSED\n")


def test_words_and_phrases_are_taken_out_of_a_pattern() -> None:
    pattern = re.compile(r"\b(?:really|very(?: much)?) (?:like[sd]?|all that|the \d+)(?= or not|$)")
    assert {
        *("really", "very", "very much", "much", "likes", "like", "all that", "that"),
        *("the 1", "or not", "or"),
    } <= set(words_of_pattern(pattern))


def test_words_of_lexicons_are_those_of_all_files() -> None:
    found = words_of_lexicons()
    assert {"science fiction", "the", "older"} <= set(found)
    assert len(found) > 5000


def test_words_are_said_in_turns_and_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing_texts, "TIMES", 2)
    assert list(repeated(("so",), "long")) == ["so so long"]
    assert list(repeated(("was", "so"), "")) == ["was so was so ", "was so so "]


def test_a_pattern_that_freezes_is_slower_than_the_limit() -> None:
    frozen = re.compile("(?:(?:soo+|sooo*|so) )*long")  # as it was written once
    text = 21 * "sooo " + "lon"
    started = time.process_time()
    assert frozen.search(text) is None
    assert time.process_time() - started > LIMIT
