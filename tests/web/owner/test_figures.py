"""The owner's figures as they are worded."""

from __future__ import annotations

from bot.evaluation.training_runs import TrainingRun
from bot.evaluation.usage import Contrast, Period, RankerUse
from bot.replies.writer import WriterStatistics
from bot.web.owner.figures import arms_table, daily, runs_table, tiles, verdict
from tests.evaluation.test_usage import NOON

QUIET = Period(0, 0, 0, None, None, None, None, 0, 0, 0.0, None)
WRITTEN = WriterStatistics(1_200, 9, 4, {"number": 3, "name": 6})
BUSY = Period(3, 4, 10, 420.0, 1_234.0, 2_000.0, None, 40, 5, 0.1, 0.7)


def test_tiles_show_times_in_seconds_and_shares_in_percent() -> None:
    shown = {tile.name: (tile.value, tile.below) for tile in tiles(BUSY, 1_200, WRITTEN)}

    assert shown == {
        "People": ("3", "of 1,200 known"),
        "Conversations": ("4", ""),
        "Turns": ("10", "2.5 each"),
        "Suggestions in": ("0.42 s", "95% in 1.23 s"),
        "Answer in": ("2.00 s", ""),
        "Taken up": ("12.5%", "5 of 40 suggestions"),
        "The model's sentences": (
            "1,200",
            "since the server's start; 9 written again, 4 replaced (name 6, number 3)",
        ),
    }


def test_tiles_of_a_quiet_time_show_no_figures_that_are_not() -> None:
    values = [tile.value for tile in tiles(QUIET, 0, WriterStatistics())]

    assert values == ["0", "0", "0", "–", "–", "–", "0"]


def test_a_day_without_a_value_has_no_point() -> None:
    days = {NOON.date(): BUSY, NOON.date().replace(day=2): QUIET}

    assert daily(days, {"p": lambda day: day.popularity, "n": lambda day: day.turns}) == [
        ("2026-03-01", 0.7, "p"),
        ("2026-03-01", 10.0, "n"),
        ("2026-03-02", 0.0, "n"),
    ]


def test_a_verdict_says_what_the_figures_allow() -> None:
    sure = verdict(Contrast("tuned", "affinity", 0.12, 0.05, 0.19, 0.0002))
    unsure = verdict(Contrast("tuned", "affinity", 0.02, -0.05, 0.09, 0.4))
    few = verdict(Contrast("tuned", "affinity", 0.5))

    assert "tuned against affinity: +12.0 points" in sure
    assert "+5.0 to +19.0, p < 0.001" in sure
    assert "more than chance" in sure
    assert "−5.0 to +9.0, p = 0.400" in unsure
    assert "Chance alone" in unsure
    assert "nothing to conclude" in few


def test_rows_stand_under_their_headings() -> None:
    rankers = arms_table([RankerUse("tuned", 10, 1_000, 200, 0.25)])
    run = TrainingRun("films", True, "", "A base", 1_000, 840.0, {"loss_lora": 6.6461})
    runs = runs_table([run, TrainingRun("other", False, "", "A base", None, None, {})])

    assert dict(zip(rankers.headings, rankers.rows[0], strict=True)) == {
        "Ranker": "tuned",
        "A person's share": "25.0%",
        "People": "10",
        "Taken up": "200",
        "Shown": "1,000",
    }
    assert dict(zip(runs.headings, runs.rows[0], strict=True)) == {
        "Adapter": "films (in use)",
        "Recall at 10": "–",
        "Loss": "6.646",
        "Dialogues": "1,000",
        "Time": "14 min",
        "Base model": "A base",
    }
    assert runs.rows[1] == ("other", "–", "–", "–", "–", "A base")
