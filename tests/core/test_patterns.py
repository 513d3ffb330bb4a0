"""Patterns that no text can freeze: what the rewriting makes of them, and that they read the same.

What they cost over every word that they know is measured by `tests.drills.freezing_texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from re import _parser as parser  # type: ignore[attr-defined]  # no public way to a parsed pattern
from time import perf_counter
from typing import Any

import pytest

from bot.core import patterns
from bot.core.patterns import MOST_LETTERS, MOST_ROUNDS
from tests.drills.freezing_texts import READERS

ROUNDS, LETTERS = f"{{0,{MOST_ROUNDS}}}", f"{{0,{MOST_LETTERS}}}"


@pytest.mark.parametrize(
    ("pattern", "rewritten"),
    [
        ("", ""),
        ("a film", "a film"),
        ("a|b", "a|b"),
        ("ab?c", "ab?c"),
        ("a*", f"a{LETTERS}"),
        ("ab+", f"ab{{1,{MOST_LETTERS}}}"),
        ("a{3,}", f"a{{3,{MOST_LETTERS}}}"),
        ("a{,3}b{2}c{1,4}", "a{0,3}b{2}c{1,4}"),
        ("a{b}{1}", "a{b}"),
        (r"\w*?x", rf"\w{LETTERS}?x"),
        (r"\w*+x", rf"\w{LETTERS}+x"),
        ("[^;]*", f"[^;]{LETTERS}"),
        (r"[]*+\]()|]*", rf"[]*+\]()|]{LETTERS}"),
        (r"\*\(\\*", rf"\*\(\\{LETTERS}"),
        (r"\x41+\d\b", rf"\x41{{1,{MOST_LETTERS}}}\d\b"),
        (r"(.)\1+", rf"(.)\1{{1,{MOST_LETTERS}}}"),
        ("(?:a b )*", f"(?>a b ){ROUNDS}"),
        ("(?:a )?", "(?:a )?"),
        ("(?:a ){0,3}", "(?>a ){0,3}"),
        ("(?>a )*", f"(?>a ){ROUNDS}"),
        ("(a )*", f"((?>a )){ROUNDS}"),
        ("(?P<n>a )*(?P=n)", f"(?P<n>(?>a )){ROUNDS}(?P=n)"),
        ("(?i:a )*", f"(?i:(?>a )){ROUNDS}"),
        ("(?i)a", "(?i)a"),
        ("(?:(?:a )*b )*", f"(?>(?>a ){ROUNDS}b ){ROUNDS}"),
        ("(?=a*)(?!b*)(?<=c)(?<!d)", f"(?=a{LETTERS})(?!b{LETTERS})(?<=c)(?<!d)"),
    ],
)  # fmt: skip
def test_repeats_end_and_each_round_of_a_group_is_settled(pattern: str, rewritten: str) -> None:
    assert patterns.linear(pattern) == rewritten
    assert patterns.linear(rewritten) == rewritten


@pytest.mark.parametrize(
    ("pattern", "rewritten"),
    [
        ("(?: (?:i|in|is))*", "(?> (?:in|is|i))"),
        ("(?:all|all that)*", "(?>all that|all)"),
        ("(?:b|a|ab|abc)*", "(?>b|abc|ab|a)"),
        ("(?:so|soo+|sooo*)*", f"(?>sooo{LETTERS}|soo{{1,{MOST_LETTERS}}}|so)"),
        ("(?:likes?|like to)*", "(?>like to|likes?)"),
        ("(?:x(?:a|ab)|x)*", "(?>x(?:ab|a)|x)"),
        (r"(?:\w+|a)*", rf"(?>\w{{1,{MOST_LETTERS}}}|a)"),  # not known which is the longer
        ("(?:(a)|ab)*", "(?>(a)|ab)"),  # groups keep their numbers
        ("(?:a|ab)", "(?:a|ab)"),  # read once, it may be tried again
    ],
)
def test_of_alternatives_in_a_round_the_longer_is_tried_first(pattern: str, rewritten: str) -> None:
    assert patterns.linear(pattern) in (rewritten, rewritten + ROUNDS)


@pytest.mark.parametrize(
    "pattern", ["(a", "a)", "*a", "a**", "(?#x)", "(?(1)a|b)", "(?x) a", "[a", "(?=a)*", "|+"]
)
def test_what_is_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not read here"):
        patterns.linear(pattern)


def test_bounds_beyond_the_greatest_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        patterns.compile(f"(?:a ){{0,{MOST_ROUNDS + 1}}}")
    with pytest.raises(ValueError, match="at most"):
        patterns.compile(f".{{{MOST_LETTERS + 1},}}")
    with pytest.raises(ValueError, match="verbose"):
        patterns.compile("a b", re.VERBOSE)


WORDS = r"(?:(?:a|an|all|all that|the|the most|so|soo+|sooo*|very|good and) )*"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rf"was {WORDS}(?:good|great)", "it was soo very all that good"),
        (rf"was {WORDS}(?:good|great)", "it was good and great"),
        (rf"was {WORDS}(?:good|great)", "it was good and long"),
        (rf"was {WORDS}(?:good|great)", "it was the most good"),
        (rf"^{WORDS}$", "so so "),
        (r"(?:the best one)(?: (?:i|in|is|the|world))* (?:is|was)", "the best one in the world is"),
        (r"(?:the best one)(?: (?:i|in|is|the|world))* (?:is|was)", "the best one is is is"),
        (r"(?:a|ab)(?:c|bcd)(?:d*)", "abcd"),
        (r"(?P<n>\d+)(?:,(\d+))*", "1,22,333 4"),
        (r"<.*?>", "a <b> <c>"),
        (r"\b(\w)\w*\1\b", "it was a dud"),
        (r"(?i:HEAT)|ronin", "heat Ronin ronin"),
        (r"x*", "axxb"),
    ],
)
def test_patterns_find_what_they_found(pattern: str, text: str) -> None:
    ours, theirs = patterns.compile(pattern), re.compile(pattern)
    assert [(m.span(), m.groups()) for m in ours.finditer(text)] == [
        (m.span(), m.groups()) for m in theirs.finditer(text)
    ]
    for how in ("search", "match", "fullmatch"):
        one, other = getattr(ours, how)(text), getattr(theirs, how)(text)
        assert (one and one.span()) == (other and other.span())
    assert ours.sub("-", text) == theirs.sub("-", text)


def test_functions_are_those_of_re() -> None:
    found = patterns.search("b+", "abbc")
    assert found is not None
    assert found[0] == "bb"
    assert patterns.match("b", "abbc") is None
    assert patterns.fullmatch("ab+c", "abbc")
    assert [m.start() for m in patterns.finditer("b", "abbc")] == [1, 2]
    assert patterns.findall("B", "abbc", patterns.IGNORECASE) == ["b", "b"]
    assert patterns.split(" +", "a  b c") == ["a", "b", "c"]
    assert patterns.sub("b", lambda match: match[0].upper(), "abbc") == "aBBc"
    assert patterns.compile("a+b") is patterns.compile("a+b")
    assert "a+b" in patterns.made()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rf"was {WORDS}(?:good|great)", "it was " + 40 * "soo " + "long"),
        (r"(?:a|aa)+$", 4000 * "a" + "b"),
        (r"(?:\w+ ?)+$", 2000 * "a " + "!"),
        (r"(?:(?:a )*(?:a )*)*b", 2000 * "a "),
        (r"[^;]*b", 4000 * "a"),
        (r"(\w+)\s+\1$", 2000 * "a "),
    ],
)  # fmt: skip
def test_no_text_freezes_a_pattern(pattern: str, text: str) -> None:
    started = perf_counter()
    assert patterns.search(pattern, text) is None
    assert perf_counter() - started < 1


def test_no_pattern_in_use_can_be_read_in_many_ways() -> None:
    """Every repeat ends, and every repeated group is settled round by round."""
    for module in READERS:
        import_module(module)
    made = patterns.made()
    assert len(made) > 200
    for pattern, known in made.items():
        for kind, (_, high, body) in _repeats(parser.parse(known.pattern, known.flags)):
            assert high <= MOST_LETTERS, pattern
            simple = len(body) == 1 and str(body[0][0]) not in ("SUBPATTERN", "BRANCH")
            settled = simple or high == 1 or kind == "POSSESSIVE_REPEAT" or _settled(body)
            assert settled, pattern


def _repeats(parsed: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, Any]]:
    for kind, value in parsed:
        name = str(kind)
        if name.endswith("_REPEAT"):
            yield name, value
        for part in value if isinstance(value, tuple) else (value,):
            for inner in part if isinstance(part, list) else (part,):
                if isinstance(inner, parser.SubPattern):
                    yield from _repeats(inner)


def _settled(body: Sequence[tuple[Any, Any]]) -> bool:
    kind, value = body[0]
    inside = value[-1] if str(kind) == "SUBPATTERN" else None
    return str(kind) == "ATOMIC_GROUP" or (inside is not None and _settled(inside))
