"""Names of new people and accounts: no invisible characters, and none that looks like a taken one.

`storage.person.people.person_name` says what a name is at all, and finds names older than these
rules. Letters of other alphabets that look like Latin ones are not told apart here.
"""

from __future__ import annotations

import unicodedata

from bot.core.errors import UsageError

# Seen as nothing, or as a gap, though Unicode counts them as letters, marks or symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_EMOJI_STYLE = "\ufe0e\ufe0f"  # behind a symbol that is seen


def refuse_unseen(name: str) -> None:
    """Raise UsageError for a name with invisible characters, or marks that stand on nothing."""
    before = " "
    for character in name:
        unseen = _is_unseen(character) and character not in _EMOJI_STYLE
        lone = unicodedata.category(character)[0] == "M" and before.isspace()
        styled = character in _EMOJI_STYLE and unicodedata.category(before)[0] != "S"
        if unseen or lone or styled:
            raise UsageError(
                "expected a new name of visible characters",
                found=f"U+{ord(character):04X}",
                remedy="Leave that character out",
            )
        before = character


def refuse_colon(name: str) -> None:
    """Raise UsageError for a name with which programs cannot sign in (HTTP Basic ends it there)."""
    if ":" in name:
        raise UsageError(
            "expected a name for an account without a colon",
            found=repr(name),
            remedy="Leave the colon out",
        )


def folded(name: str) -> str:
    """What names have in common that look alike: case, width and what is not seen left out."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    seen = "".join(character for character in plain if not _is_unseen(character))
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _is_unseen(character: str) -> bool:
    if unicodedata.category(character) in ("Cf", "Cc", "Zl", "Zp") or character in _BLANK:
        return True
    return any(first <= ord(character) <= last for first, last in _SELECTORS)
