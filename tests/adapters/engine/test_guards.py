"""Guarded text names only what it was given."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from adapters.engine.guards import NameGuard, VocabularyClasses

NAMES = ["Heat (1995)", "Heat", "Ronin", "Al Pacino", "2049", "E.T.", "¡Three Amigos!"]


@cache
def tokenizer() -> Any:
    """A vocabulary of common words first, then letters' combinations, as a trained one has."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["<end>"]
    merges: list[tuple[str, str]] = []

    def learn(word: str) -> None:
        whole = word[0]
        for letter in word[1:]:
            if whole + letter not in words:
                merges.append((whole, letter))
                words.append(whole + letter)
            whole += letter

    for word in ("Ġdon", "Ġyou", "Ġtry", "Ġthe", "You", "ĠYou", "ĠThe", "ĠI", "The"):
        learn(word)
    learn("),")
    for word in ("Ġwatch", "Ġit", "Ġlike", "ĠHeat", "ĠMatrix", "ĠRonin", "Heat", "In", "ing"):
        learn(word)
    words += alphabet
    words += [f"<unused{n}>" for n in range(600)]  # so that the first words are few among many
    core = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, merges))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken("<end>", normalized=False, special=True)])
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<end>")


@cache
def classes() -> VocabularyClasses:
    return VocabularyClasses(tokenizer(), [tokenizer().eos_token_id])


def split(text: str) -> list[int]:
    return list(tokenizer().encode(text, add_special_tokens=False))


def guard(**options: Any) -> NameGuard:
    return NameGuard(classes(), split, NAMES, **options)


def refused(text: str, **options: Any) -> str | None:
    """The first token of `text` that the guard does not let through."""
    watch, tokens = guard(**options), split(text)
    for at, token in enumerate(tokens):
        if token not in watch.allowed(tokens[:at]):
            return str(tokenizer().decode([token]))
    return None


@pytest.mark.parametrize(
    "text",
    [
        "You try the Heat (1995), you like it.",
        "Heat you like. The watch, you try Ronin.",
        "The Al Pacino, I like it",
        "You like E.T. The you",
        "You like 2049 you",
        "You like ¡Three Amigos! The",
        "You don't like it-you",
        "You like Heat's the\n",
    ],
)
def test_words_and_given_names_may_come(text: str) -> None:
    assert refused(text) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("You try the Matrix", "You try the"),
        ("You try Heat (1996)", "You try Heat (199"),
        ("You try Heating", "You try Heat"),
        ("You like 2048", "You like 204"),
        ("You like 9", "You like "),
        ('You like "it"', "You like "),
        ("You like <b>", "You like "),
        ("You like *it", "You like "),
        ("You like [it", "You like "),
        ("You watchHeat", "You watch"),
        ("You Inception", "You I"),
        ("You like it.The", "You like it."),
        ("You like IT", "You like I"),
        ("You like電", "You like"),
        ("Matrix", ""),
        ("you like", ""),
        ("Heatyou", "Heat"),
    ],
)
def test_other_names_numbers_and_markup_may_not(text: str, kept: str) -> None:
    watch, tokens = guard(), split(text)
    passed = next(at for at, token in enumerate(tokens) if token not in watch.allowed(tokens[:at]))
    assert tokenizer().decode(tokens[:passed]) == kept


def test_a_name_once_begun_is_completed() -> None:
    tokens = split("You try Al Pacino")
    begun = len(split("You try")) + 2
    assert begun < len(tokens) - 1
    for at in range(begun, len(tokens)):
        assert guard().allowed(tokens[:at]).tolist() == [tokens[at]]


def test_the_text_may_end_only_outside_a_name() -> None:
    end = tokenizer().eos_token_id
    assert end in guard().allowed(split("You like Heat"))
    assert end in guard().allowed(split("You like"))
    assert end not in guard().allowed(split("You like Al Pa"))
    assert end not in guard().allowed([])


def test_a_line_break_ends_the_text() -> None:
    assert guard().allowed(split("You like it\n")).tolist() == [tokenizer().eos_token_id]


def test_a_sentence_in_the_middle_need_not_begin_with_a_capital() -> None:
    assert refused(" you like it", at_start=False) is None
    assert refused(" Matrix", at_start=False) is not None


def test_no_run_of_words_is_repeated() -> None:
    text = " you try the watch, you try the"
    assert refused(text, at_start=False) is None
    assert refused(text, at_start=False, no_repeat=3) == " the"
    assert refused(" you try Heat, you try Heat", at_start=False, no_repeat=3) is None


def test_each_token_is_allowed_once_and_history_may_change() -> None:
    watch = guard()
    for text in ("You like", "You like Al", "The watch", ""):
        allowed = watch.allowed(split(text))
        assert len(np.unique(allowed)) == len(allowed)
        np.testing.assert_array_equal(np.sort(allowed), np.sort(guard().allowed(split(text))))
