"""Whether a message is in a language the bot does not speak.

Two cheap signs: letters of another script, and function words of other languages outnumbering
English ones. The words stand in a data file; linked titles are left out of the count.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from functools import cache

from bot.understanding.lexicon import FOLDER, English

_FILE = FOLDER / "languages" / "function_words.json"
_SHORTEST = 3  # words; fewer tell nothing


@cache
def _foreign_words() -> dict[str, frozenset[str]]:
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        language: frozenset(words.split()) for language, words in raw.items() if language != "about"
    }


@cache
def _is_latin(letter: str) -> bool:
    return "LATIN" in unicodedata.name(letter, "")


def is_foreign(text: str, words: Iterable[str], english: English) -> bool:
    """Whether `text`, whose unlinked folded words are `words`, is clearly not English."""
    letters = [letter for letter in text[:2000] if letter.isalpha()]
    if letters and sum(not _is_latin(letter) for letter in letters) > 0.5 * len(letters):
        return True
    spoken = list(words)[:400]
    if len(spoken) < _SHORTEST:
        return False
    plain = english.plain
    own = sum(word in plain for word in spoken)
    for foreign in _foreign_words().values():
        there = sum(word in foreign and word not in plain for word in spoken)
        if there >= 2 and there > own and there >= 0.25 * len(spoken):
            return True
    return own == 0 and len(spoken) >= 6
