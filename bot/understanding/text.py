"""Words of a message or a title: folded for comparing, with their place in the original text.

Owns how case, accents, apostrophes, hyphens and written numbers are evened out. Knows nothing of
catalogues; what the words mean is left to the other modules of this package.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.core import patterns

_TOKEN = patterns.compile(r"[^\W_]+(?:['’`´][^\W_]+)*['’]?|&|\n|\S")
_SPECIAL = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d"})
_APOSTROPHES = patterns.compile(r"['’`´]")
ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
    "xi": "11", "xii": "12", "xiii": "13",
}  # fmt: skip
NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_WORD = patterns.compile(r"[^\W_]+")
_DOUBLE = patterns.compile(r"(.)\1+")
_ABBREVIATED = frozenset({"vol", "mr", "mrs", "ms", "dr", "vs", "st", "jr"})
_SILENT = patterns.compile(r"^(?:k(?=n)|w(?=r)|p(?=s))(.)")  # knight, wrong, psycho
_LEET = str.maketrans("013457", "oieasv")
_LEET_SHAPE = patterns.compile(r"[a-z]+\d[a-z]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or punctuation mark of a text.

    `word` is folded (lower case, no accents or apostrophes), empty for punctuation; `key` is the
    word with written and Roman numbers as digits, as titles are compared by; `raw` is the text
    itself, at ``[start:end]``; `breaks` says whether a sentence may end here.
    """

    word: str
    key: str
    raw: str
    start: int
    end: int
    breaks: bool = False

    @property
    def capitalised(self) -> bool:
        return self.raw[:1].isupper()


_SLASH = "\u2044"  # what ½ is taken apart into: 1⁄2


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents; ``Amélie`` → ``amelie``."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_SPECIAL))
    return "".join(
        mark for mark in decomposed if not unicodedata.combining(mark) and mark != _SLASH
    )


@lru_cache(maxsize=65536)
def number_key(word: str) -> str:
    """A folded word with numbers as digits: ``ii`` → ``2``, ``se7en`` → ``7``."""
    if word == "vol":
        return "volume"
    if word in ROMAN:
        return ROMAN[word]
    if word in NUMBER_WORDS:
        return str(NUMBER_WORDS[word])
    if _LEET_SHAPE.fullmatch(word):
        plain = word.translate(_LEET)
        return str(NUMBER_WORDS[plain]) if plain in NUMBER_WORDS else word
    return word


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """A word's rough sound, by which spellings of it agree: ``happyness`` and ``happiness``."""
    return _DOUBLE.sub(
        r"\1",
        _SILENT.sub(r"\1", word)
        .replace("ight", "ite")
        .replace("ph", "f")
        .replace("ck", "k")
        .replace("y", "i"),
    ).replace("ie", "i")


def tokenise(text: str) -> list[Token]:
    """Words and punctuation in order; ``&`` is the word ``and``."""
    tokens = []
    size = len(text)
    for match in _TOKEN.finditer(text):
        raw, start, end = match.group(), match.start(), match.end()
        if raw[0].isalnum():
            word = _APOSTROPHES.sub("", fold(raw))
            tokens.append(Token(word, number_key(word), raw, start, end))
        elif raw == "&":
            tokens.append(Token("and", "and", raw, start, end))
        else:
            after = text[end] if end < size else " "
            breaks = raw in "!?;\n…" or (
                raw == "."
                and (after.isspace() or after == ".")
                and not (tokens and tokens[-1].word in _ABBREVIATED and tokens[-1].end == start)
            )
            tokens.append(Token("", "", raw, start, end, breaks))
    return tokens


def words_of(text: str) -> list[str]:
    """The folded words of a text; the same as those of its tokens, made faster."""
    return _WORD.findall(_APOSTROPHES.sub("", fold(text)).replace("&", " and "))


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, as a set."""
    return frozenset(text.split())


def singular(word: str) -> str:
    """The likely singular of a word in lower case: ``ghosts`` → ``ghost``."""
    bare = word.removesuffix("'s").strip(".'-")
    if bare.endswith("ies") and len(bare) > 4:
        return f"{bare[:-3]}y"
    if bare.endswith(("shes", "ches", "xes", "sses", "zoes", "roes")):
        return bare[:-2]
    return bare[:-1] if bare.endswith("s") and len(bare) > 3 and bare[-2] not in "sau" else bare


def compact(words: Iterable[str]) -> str:
    """Words run together, as titles are looked up: ``spider man`` and ``Spider-Man`` agree."""
    return "".join(words)


_CONTRACTIONS: tuple[tuple[patterns.Pattern[str], str], ...] = tuple(
    (patterns.compile(rf"\b(?:{pattern})\b"), full)
    for pattern, full in (
        (r"(?:enjoyd|enjoied|enjyed)", "enjoyed"),
        (r"(?:wached|watchd|wathced)", "watched"),
        (
            r"its(?= (?:a|an|not|so|very|really|too|pretty|great|good|just|the|my|one|funny|still|"
            r"been|okay|ok|all|also|amazing|awesome|hilarious|boring)\b)",
            "it is",
        ),
        (r"(?:wont)", "will not"),
        (r"(?:cant|cannot)", "can not"),
        (r"(?:aint)", "is not"),
        (r"(?:dont|dnt)", "do not"),
        (r"(?:didnt|didn|dint)", "did not"),
        (r"(?:doesnt)", "does not"),
        (r"(?:havent|havnt)", "have not"),
        (r"(?:hasnt)", "has not"),
        (r"(?:hadnt)", "had not"),
        (r"(?:isnt)", "is not"),
        (r"(?:arent)", "are not"),
        (r"(?:wasnt)", "was not"),
        (r"(?:werent)", "were not"),
        (r"(?:wouldnt)", "would not"),
        (r"(?:couldnt)", "could not"),
        (r"(?:shouldnt)", "should not"),
        (r"(?:ive)", "i have"),
        (r"(?:im)", "i am"),
        (r"(?:weve)", "we have"),
        (r"(?:youve)", "you have"),
        (r"(?:theyve)", "they have"),
        (r"(?:itll)", "it will"),
        (r"(?:youre)", "you are"),
        (r"(?:theyre)", "they are"),
        (r"(?:thats)", "that is"),
        (r"(?:whats)", "what is"),
        (r"(?:whos)", "who is"),
        (r"(?:hows)", "how is"),
        (r"(?:youd)", "you would"),
        (r"(?:theyd)", "they would"),
        (r"(?:lets)", "let us"),
        (r"(?:gonna)", "going to"),
        (r"(?:wanna|wana)", "want to"),
        (r"(?:gimme)", "give me"),
        (r"(?:gotta)", "got to"),
        (r"(?:pls|plz|plz)", "please"),
        (r"(?:u)", "you"),
        (r"(?:ur)", "your"),
        (r"(?:thx|thanx|ty)", "thanks"),
        (r"(?:luv|lov|lovd|luved)", "love"),
        (r"(?:favs?|faves?|favou?rites?|favoritest?|favorit|favourit)", "favourite"),
        (r"(?:rly)", "really"),
        (
            r"r(?= (?:classics?|great|good|awesome|amazing|so|bad|boring|not|there|you|both|all))",
            "are",
        ),
        (r"(?:somthing|someting|smthing|sumthing|somethin|sumthin|sth|smth)", "something"),
        (r"(?:reccomend|recomend|recommand|reccommend)", "recommend"),
    )
)


_WILL = patterns.compile(
    r"\b(you|they)ll\b|"
    r"\bill(?= (?:watch|check|try|take|have|give|look|see|def|definitely|probably|go|be|add|put|"
    r"pass|try|get|rent|stick|pick|do|just|also|keep|let|need|check)\b)"
)
_WOULD = {"i'd": "i would", "we'd": "we would", "he'd": "he would", "she'd": "she would"}
_SHALL = {"i'll": "i will", "we'll": "we will", "he'll": "he will", "she'll": "she will"}
_ARE = {"we're": "we are"}
_IS = {
    f"{word}'s": f"{word} is"
    for word in ("it", "he", "she", "that", "what", "who", "there", "here", "how", "where")
}
SHORT_FORMS = {**_WOULD, **_SHALL, **_ARE, **_IS}


def expand(text: str) -> str:
    """Folded text with contractions and chat spellings written out: ``didnt`` → ``did not``."""
    text = _WILL.sub(lambda match: f"{match[1] or 'i'} will", text)
    for pattern, full in _CONTRACTIONS:
        text = pattern.sub(full, text)
    return text
