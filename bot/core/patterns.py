"""Regular expressions that no text can freeze: the one way here to read what people write.

Python's `re` tries again whatever may be read in two ways, and repeats multiply the ways: under
``(?:so|soo+) )*`` a text of 170 letters takes for ever, with the whole process held. So every
pattern is rewritten before it is compiled. What a repeated group has read in one round is settled
(an atomic group), alternatives standing so that the longer one is tried first; and a repeat ends
after `MOST_ROUNDS` or `MOST_LETTERS`. What is left grows with the text's length alone.

Owns the rewriting and the compiled patterns; what the patterns say is left to who asks for them.
The functions are called as those of `re` are, and understand no less but for what is refused:
verbose patterns, comments, conditions, and bounds beyond those two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from re import DOTALL, IGNORECASE, Match, Pattern, escape
from threading import Lock

__all__ = [
    "DOTALL",
    "IGNORECASE",
    "Match",
    "Pattern",
    "compile",
    "escape",
    "findall",
    "finditer",
    "fullmatch",
    "linear",
    "made",
    "match",
    "search",
    "split",
    "sub",
]

MOST_ROUNDS = 16
"""Of a repeated group: so many words of a kind in a row are read."""
MOST_LETTERS = 200
"""Of a repeated letter or set of letters."""
_MOST_CACHED = 4096  # patterns; some are made of a catalogue's names
_MOST_READINGS = 64  # texts of an alternative that are compared with its neighbours'

_PIECE = re.compile(
    r"(?P<letters>[^()\[*+?|\\{}.^$]+(?![*+?{]))"
    r"|(?P<escape>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|0[0-7]{0,2}"
    r"|[0-9]{1,3}|.))"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<same>\(\?P=\w+\))"
    r"|(?P<flags>\(\?[aiLmsu]+\))"
    r"|(?P<open>\((?:\?(?:P<\w+>|[imsau-]*:|>|<?[=!]))?(?!\?|\*))"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<repeat>(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\}|\{,[0-9]*\})[?+]?)"
    r"|(?P<letter>[^()\[*+?|\\])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Atom:
    """A letter, a set or a group, and how often it may stand: from `low` to `high` times.

    A group has its `opening` and its `branches`, anything else its `text` as written. `high` is
    None where no bound was given; `how` is ``?`` for a lazy repeat, ``+`` for a possessive one.
    """

    text: str = ""
    opening: str = ""
    branches: tuple[tuple[_Atom, ...], ...] = ()
    low: int = 1
    high: int | None = 1
    how: str = ""

    @property
    def captures(self) -> bool:
        """Whether a group is counted here or inside."""
        own = self.opening == "(" or self.opening.startswith("(?P<")
        return own or any(atom.captures for branch in self.branches for atom in branch)

    @property
    def settled(self) -> bool:
        """Whether a group is read in one way only, or all that it holds is."""
        if self.opening == "(?>":
            return True
        alone = len(self.branches) == 1 and len(self.branches[0]) == 1
        return alone and self.branches[0][0].settled and self.branches[0][0].high == 1

    @property
    def looks(self) -> bool:
        """Whether it only looks ahead or back."""
        return self.opening in ("(?=", "(?!", "(?<=", "(?<!")


@dataclass(slots=True)
class _Reader:
    """Reads the text of a pattern into atoms."""

    pattern: str
    pieces: Iterator[Match[str]] = field(init=False)
    at: int = 0

    def __post_init__(self) -> None:
        self.pieces = _PIECE.finditer(self.pattern)

    def branches(self, inside: bool = False) -> tuple[tuple[_Atom, ...], ...]:
        found: list[tuple[_Atom, ...]] = []
        branch: list[_Atom] = []
        repeated = False
        for piece in self.pieces:
            kind, text = piece.lastgroup, piece[0]
            if piece.start() != self.at or (kind == "close" and not inside):
                break
            if kind == "repeat" and (not branch or branch[-1].looks or repeated):
                break
            repeated = kind == "repeat"
            self.at = piece.end()
            if kind == "bar":
                found.append(tuple(branch))
                branch = []
            elif kind == "close":
                return (*found, tuple(branch))
            elif kind == "open":
                branch.append(_Atom(opening=text, branches=self.branches(inside=True)))
            elif kind == "repeat":
                low, high, how = _bounds(text)
                branch[-1] = replace(branch[-1], low=low, high=high, how=how)
            else:
                branch.append(_Atom(text))
        if inside or self.at != len(self.pattern):
            raise ValueError(f"a pattern that is not read here, at {self.at}: {self.pattern!r}")
        return (*found, tuple(branch))


def _bounds(text: str) -> tuple[int, int | None, str]:
    how = text[-1] if len(text) > 1 and text[-1] in "?+" else ""
    bare = text[:-1] if how else text
    if bare in "*+?":
        return (1 if bare == "+" else 0), (1 if bare == "?" else None), how
    low, comma, high = bare[1:-1].partition(",")
    if not comma:
        return int(low), int(low), how
    return int(low or 0), (int(high) if high else None), how


def _written(branches: tuple[tuple[_Atom, ...], ...], settled: bool) -> str:
    """The branches as text again; `settled` inside what is read in one way only."""
    if settled:
        branches = _longest_first(branches)
    return "|".join("".join(_atom(atom, settled) for atom in branch) for branch in branches)


def _atom(atom: _Atom, settled: bool) -> str:
    again = atom.high is None or atom.high > 1
    if not atom.opening:
        return atom.text + _repeat(atom, MOST_LETTERS)
    opening, closing = atom.opening, ")"
    if again and opening == "(?:":
        opening = "(?>"
    elif again and not atom.settled:
        opening, closing = f"{opening}(?>", "))"
    inside = settled or opening.endswith("(?>")
    body = _written(atom.branches, inside and not atom.looks)
    return f"{opening}{body}{closing}{_repeat(atom, MOST_ROUNDS)}"


def _repeat(atom: _Atom, most: int) -> str:
    low, high = atom.low, most if atom.high is None else atom.high
    if max(low, high) > most:
        raise ValueError(f"{most} repeats at most are read here, not {max(low, high)}")
    if (low, high) == (1, 1):
        return ""
    if (low, high) == (0, 1):
        return "?" + atom.how
    return f"{{{low},{high}}}{atom.how}" if low != high else f"{{{low}}}{atom.how}"


def _longest_first(branches: tuple[tuple[_Atom, ...], ...]) -> tuple[tuple[_Atom, ...], ...]:
    """Branches in their order, but none behind one that reads only the beginning of it."""
    if len(branches) < 2 or any(atom.captures for branch in branches for atom in branch):
        return branches
    readers: dict[str, list[int]] = {}  # text → the branches that may read just that
    order: list[int] = []
    for number, branch in enumerate(branches):
        own = _texts(branch)
        behind = {
            reader
            for text, _ in own
            for length in range(len(text))
            for reader in readers.get(text[:length], ())
        }
        at = min((order.index(reader) for reader in behind), default=number)
        order.insert(at, number)
        for text, _ in own:
            readers.setdefault(text, []).append(number)
    return tuple(branches[number] for number in order)


def _texts(branch: tuple[_Atom, ...]) -> list[tuple[str, bool]]:
    """What a branch may read: each text, and whether it goes on in a way not followed here."""
    found: list[tuple[str, bool]] = [("", False)]
    for atom in branch:
        if atom.looks or atom.text in (r"\b", r"\B", "^", "$", r"\A", r"\Z"):
            continue
        following = _texts_of(atom)
        found = [
            (text + more, goes_on) if not open_ended else (text, True)
            for (text, open_ended), (more, goes_on) in product(found, following)
        ]
        found = list(dict.fromkeys(found))
        if len(found) > _MOST_READINGS:
            return [("", True)]
    return [entry for entry in found if entry != ("", True)]


def _texts_of(atom: _Atom) -> list[tuple[str, bool]]:
    if atom.opening:
        once = [entry for branch in atom.branches for entry in _texts(branch) or [("", True)]]
    elif atom.text[0] not in ".[\\(":
        once = [(atom.text, False)]
    elif atom.text[0] == "\\" and not atom.text[1].isalnum():
        once = [(atom.text[1], False)]
    else:
        once = [("", True)]
    if (atom.low, atom.high) == (1, 1):
        return once
    if atom.low == 0:
        rest = once if atom.high == 1 else [(text, True) for text, _ in once]
        return [*rest, ("", False)]
    return [(text, True) for text, _ in once]


def linear(pattern: str) -> str:
    """`pattern` rewritten so that no text takes longer than its length explains.

    Raises ValueError for what is not read here.
    """
    return _written(_Reader(pattern).branches(), settled=False)


_MADE: dict[tuple[str, int], Pattern[str]] = {}
_MAKING = Lock()


def compile(pattern: str, flags: int = 0) -> Pattern[str]:
    """The `pattern` rewritten by `linear` and compiled; made once. Raises as `linear` does."""
    key = pattern, int(flags)
    known = _MADE.get(key)
    if known is None:
        if flags & re.VERBOSE:
            raise ValueError(f"verbose patterns are not read here: {pattern!r}")
        known = re.compile(linear(pattern), flags)
        with _MAKING:
            if len(_MADE) >= _MOST_CACHED:
                del _MADE[next(iter(_MADE))]
            _MADE[key] = known
    return known


def made() -> dict[str, Pattern[str]]:
    """The patterns in use, by their text before the rewriting."""
    with _MAKING:
        return {pattern: known for (pattern, _), known in _MADE.items()}


def search(pattern: str, text: str, flags: int = 0) -> Match[str] | None:
    """The first place where `pattern` stands in `text`."""
    return compile(pattern, flags).search(text)


def match(pattern: str, text: str, flags: int = 0) -> Match[str] | None:
    """`pattern` where it stands at the beginning of `text`."""
    return compile(pattern, flags).match(text)


def fullmatch(pattern: str, text: str, flags: int = 0) -> Match[str] | None:
    """`pattern` where it is the whole of `text`."""
    return compile(pattern, flags).fullmatch(text)


def finditer(pattern: str, text: str, flags: int = 0) -> Iterator[Match[str]]:
    """Every place where `pattern` stands in `text`."""
    return compile(pattern, flags).finditer(text)


def findall(pattern: str, text: str, flags: int = 0) -> list[str]:
    """What stands at each place of a `pattern` without groups, or with one."""
    return compile(pattern, flags).findall(text)


def split(pattern: str, text: str) -> list[str]:
    """`text` cut wherever `pattern` stands."""
    return [part or "" for part in compile(pattern).split(text)]


def sub(pattern: str, by: str | Callable[[Match[str]], str], text: str, flags: int = 0) -> str:
    """`text` with `by` wherever `pattern` stood."""
    return compile(pattern, flags).sub(by, text)
