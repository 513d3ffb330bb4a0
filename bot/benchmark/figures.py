"""The figures of one run as values, as the document of ``--json`` and as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EngineSpeed:
    """Tokens a second of the product's engine and of plain `transformers`, medians."""

    decode: float
    prefill: float
    plain_decode: float
    plain_prefill: float
    decode_ratio: float
    prefill_ratio: float

    def document(self) -> Document:
        """The keys that stand at the top of the whole document."""
        return {
            "decode_tokens_per_s": round(self.decode, 1),
            "decode_ratio": round(self.decode_ratio, 3),
            "prefill_tokens_per_s": round(self.prefill, 1),
            "prefill_ratio": round(self.prefill_ratio, 3),
            "plain_decode_tokens_per_s": round(self.plain_decode, 1),
            "plain_prefill_tokens_per_s": round(self.plain_prefill, 1),
        }


@dataclass(frozen=True, slots=True)
class TurnSpeed:
    """Milliseconds of a turn: median and 95th percentile of each timing.

    `plain_prefill_ms` is what plain `transformers` takes to read the whole prompt of the turn
    once, measured in between; `ranked_ratio` the time to suggestions as a share of it.
    """

    median_ms: Mapping[str, float]
    p95_ms: Mapping[str, float]
    plain_prefill_ms: float | None = None
    ranked_ratio: float | None = None

    def document(self) -> Document:
        """The medians, then the rest."""
        found: Document = {name: round(value, 1) for name, value in self.median_ms.items()}
        found["p95"] = {name: round(value, 1) for name, value in self.p95_ms.items()}
        if self.plain_prefill_ms is not None and self.ranked_ratio is not None:
            found["plain_prefill_ms"] = round(self.plain_prefill_ms, 1)
            found["ranked_ratio"] = round(self.ranked_ratio, 3)
        return found


@dataclass(frozen=True, slots=True)
class Throughput:
    """So many people at once: turns a second, the slowest suggestions, how many turns failed."""

    turns_per_s: float
    p95_ranked_ms: float
    errors: int
    turns: int

    def document(self) -> Document:
        """As in ``people`` of the whole document."""
        return {
            "turns_per_s": round(self.turns_per_s, 3),
            "p95_ranked_ms": round(self.p95_ranked_ms, 1),
            "errors": self.errors,
            "turns": self.turns,
        }


@dataclass(frozen=True, slots=True)
class TrainingSpeed:
    """Tokens a second over four epochs, everything computed once included, and of a plain loop."""

    tokens_per_s: float
    plain_tokens_per_s: float
    tokens: int

    @property
    def ratio(self) -> float:
        """How many times the plain loop's tokens a second."""
        return self.tokens_per_s / self.plain_tokens_per_s


@dataclass(frozen=True, slots=True)
class TopItemsSpeed:
    """The 100 best of so many generated items: median milliseconds, and the share found.

    `plain_ms` is what one product with all vectors and the search in it take in the same run.
    """

    items: int
    median_ms: float
    plain_ms: float
    recall: float

    def document(self) -> Document:
        """The keys that stand at the top of the whole document."""
        return {
            "top_k_ms": round(self.median_ms, 2),
            "top_k_recall": round(self.recall, 4),
            "top_k_items": self.items,
            "plain_top_k_ms": round(self.plain_ms, 2),
        }


@dataclass(frozen=True)
class Benchmark:
    """One run. `quick` runs measure less often and are rougher."""

    engine: EngineSpeed
    turn1: TurnSpeed
    turn5: TurnSpeed
    people: Mapping[int, Throughput]
    peak_rss_mb: float
    healthy_after_s: float
    training: TrainingSpeed
    llama_cpp: Mapping[str, float] | None = None
    top_items: TopItemsSpeed | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = False

    def document(self) -> Document:
        """What ``--json`` prints."""
        document = {
            **self.engine.document(),
            "turn1": self.turn1.document(),
            "turn5": self.turn5.document(),
            "people": {str(count): each.document() for count, each in self.people.items()},
            "peak_rss_mb": round(self.peak_rss_mb, 1),
            "healthy_after_s": round(self.healthy_after_s, 2),
            "training_ratio": round(self.training.ratio, 3),
            "training_tokens_per_s": round(self.training.tokens_per_s, 1),
            "plain_training_tokens_per_s": round(self.training.plain_tokens_per_s, 1),
            "machine": dict(self.machine),
            "quick": self.quick,
        }
        if self.top_items is not None:
            document.update(self.top_items.document())
        if self.llama_cpp is not None:
            document["llama_cpp"] = {
                name: round(value, 3) for name, value in self.llama_cpp.items()
            }
        return document

    def rows(self) -> list[tuple[str, str, str, str]]:
        """What is measured, the figure, plain `transformers`' one, and the ratio."""
        engine, training = self.engine, self.training
        rows = [
            _row("decode, tokens/s", engine.decode, engine.plain_decode, engine.decode_ratio),
            _row("prefill, tokens/s", engine.prefill, engine.plain_prefill, engine.prefill_ratio),
            _row(
                "training, tokens/s",
                training.tokens_per_s,
                training.plain_tokens_per_s,
                training.ratio,
            ),
        ]
        names = {"ranked_ms": "suggestions", "first_token_ms": "first words", "total_ms": "whole"}
        for number, turn in ((1, self.turn1), (5, self.turn5)):
            for key, name in names.items():
                plain = turn.plain_prefill_ms if key == "ranked_ms" else None
                ratio = turn.ranked_ratio if key == "ranked_ms" else None
                rows.append(_row(f"turn {number}: {name}, ms", turn.median_ms[key], plain, ratio))
        for count, each in self.people.items():
            failed = f", {each.errors} failed" if each.errors else ""
            rows.append(_row(f"{count} at once, turns/s{failed}", each.turns_per_s))
        rows.append(_row("server's peak memory, MB", self.peak_rss_mb))
        rows.append(_row("server ready, s", self.healthy_after_s))
        if (top := self.top_items) is not None:
            name = f"the 100 best of {top.items:,}, ms (recall {top.recall:.3f})"
            rows.append(_row(name, top.median_ms, top.plain_ms, top.plain_ms / top.median_ms))
        for name, value in (self.llama_cpp or {}).items():
            rows.append(_row(f"llama.cpp {name.replace('_', ' ')}", value))
        return rows


def _row(
    name: str, value: float, plain: float | None = None, ratio: float | None = None
) -> tuple[str, str, str, str]:
    def shown(number: float | None) -> str:
        return "" if number is None else f"{number:,.{2 if abs(number) < 10 else 0}f}"

    return name, shown(value), shown(plain), shown(ratio)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile: the smallest value that 95% do not pass; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def middle(values: Sequence[float]) -> float:
    """The median; 0 of nothing."""
    return float(median(values)) if values else 0.0
