"""Predicting the answers: cases, plain predictors, and the figures of the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bot.core.values import Message, Speaker, Understanding
from bot.data.dialogues import Dialogue
from bot.evaluation.like_prediction import (
    Confusion,
    ItemRatePredictor,
    LikeCase,
    LikePredictor,
    MajorityPredictor,
    StancePredictor,
    WordsPredictor,
    cross_validate,
    like_cases,
    report,
)

DIALOGUE = Dialogue(
    "d",
    (
        Message("user", "I adore A", ("a",)),
        Message("assistant", "and B?", ("b",)),
        Message("user", "hated it. C and A are fine", ("c", "a")),
    ),
    {"a": "liked", "b": "disliked", "c": "seen", "x": "liked"},
)


class Blunt:
    """Hears hatred of b wherever the word stands, and love of a."""

    def understand(
        self,
        text: str,
        *,
        turns: Sequence[Message] = (),
        shown: Sequence[str] = (),
        question: str | None = None,
    ) -> Understanding:
        return Understanding(
            likes=("a",) if "adore" in text else (),
            dislikes=tuple(shown) if "hated" in text else (),
        )


def case(item: str, liked: bool, dialogue: str = "d") -> LikeCase:
    return LikeCase(dialogue, (), 0, item, liked)


def test_cases_are_answered_items_at_their_first_mention() -> None:
    found = like_cases([DIALOGUE])
    assert [(each.item_id, each.liked, each.mention) for each in found] == [
        ("a", True, 0),
        ("b", False, 1),
    ]
    assert found[1].before == DIALOGUE.turns[:1]


@pytest.mark.parametrize(
    "predictor",
    [MajorityPredictor(), ItemRatePredictor(), WordsPredictor(), StancePredictor(Blunt())],
)
def test_predictors_give_chances_before_and_after_learning(predictor: LikePredictor) -> None:
    assert isinstance(predictor, LikePredictor)
    for known in ([], like_cases([DIALOGUE])):
        predictor.learn(known)
        assert all(0 <= predictor.probability(each) <= 1 for each in like_cases([DIALOGUE]))


def test_an_items_own_answers_move_its_chance_from_the_rest() -> None:
    predictor = ItemRatePredictor()
    predictor.learn([case("bad", False)] * 6 + [case("good", True)] * 6)
    assert predictor.probability(case("bad", True)) < 0.25
    assert predictor.probability(case("new", True)) == pytest.approx(0.5)


def test_words_before_the_mention_and_who_brought_it_up_are_learned_from() -> None:
    def told(text: str, who: Speaker, liked: bool) -> LikeCase:
        turns = (Message("user", text), Message(who, "it", ("i",)))
        return LikeCase("d", turns, 1, "i", liked)

    predictor = WordsPredictor()
    predictor.learn(
        [told("cheerful mood", "user", True), told("gloomy mood", "assistant", False)] * 10
    )
    assert predictor.probability(told("cheerful mood", "user", False)) > 0.8
    assert predictor.probability(told("gloomy mood", "assistant", True)) < 0.2
    later = LikeCase("d", (Message("user", "it", ("i",)), Message("user", "gloomy")), 0, "i", True)
    assert "gloomy" not in predictor._text(later)


def test_a_stance_is_heard_from_the_mention_on() -> None:
    predictor = StancePredictor(Blunt())
    predictor.learn([case("a", True)])
    liked, disliked = like_cases([DIALOGUE])
    assert predictor.probability(liked) > 0.9
    assert predictor.probability(disliked) < 0.1


def test_the_reports_figures_are_right() -> None:
    cases = [case("i", liked, str(n)) for n, liked in enumerate([True, True, True, False, False])]
    found = report("p", cases, np.array([0.9, 0.8, 0.2, 0.7, 0.1]))
    assert found.confusion == Confusion(2, 1, 1, 1)
    assert found.metrics["accuracy"] == pytest.approx(3 / 5)
    assert found.metrics["precision_liked"] == pytest.approx(2 / 3)
    assert found.metrics["recall_disliked"] == pytest.approx(1 / 2)
    assert found.metrics["f1_liked"] == pytest.approx(2 / 3)
    assert found.metrics["roc_auc"] == pytest.approx(5 / 6)
    for name in ("accuracy", "roc_auc"):
        low, high = found.intervals[name]
        assert low < found.metrics[name] < high


def test_a_report_on_one_answer_alone_is_no_error() -> None:
    found = report("p", [case("i", True)], np.array([0.9]))
    assert found.metrics["roc_auc"] == 0.5
    assert found.metrics["f1_disliked"] == 0.0


def test_a_dialogue_is_never_learned_from_and_asked_about_at_once() -> None:
    class Nosy(MajorityPredictor):
        def learn(self, cases: Sequence[LikeCase]) -> None:
            self.learned = {each.dialogue for each in cases}

        def probability(self, case: LikeCase) -> float:
            assert case.dialogue not in self.learned
            return 0.5

    cases = [case("i", n % 2 == 0, str(n // 2)) for n in range(40)]
    assert cross_validate(Nosy(), cases).cases == 40
