"""What happened on this server, as numbers: for the owner, who sees no one's words.

Reads times, counts and item ids over all people, never a sentence or a name; a person is a
number here. What the numbers mean together is `bot.evaluation.usage`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.core.values import EventKind
from storage.sql.database import Database
from storage.sql.models import ConversationRow, EventRow, PersonRow, TurnRow

REACTIONS = (EventKind.LIKES, EventKind.SAVED, EventKind.RATING)
"""What can count as taking a suggestion up."""


@dataclass(frozen=True, slots=True)
class TurnUse:
    """One turn: when, whose, in which conversation, and how long it took, in milliseconds."""

    at: datetime
    person: int
    conversation: str
    ranked_ms: float | None
    total_ms: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One item suggested to one person, by which ranker where that was recorded."""

    at: datetime
    person: int
    item: str
    catalogue: str | None
    ranker: str | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """Something good that a person said or clicked about an item; `value` is a rating's."""

    at: datetime
    person: int
    item: str
    kind: EventKind
    value: float | None


@dataclass(frozen=True, slots=True)
class Use:
    """All that happened since a moment, in order of time; `people` is everybody there is."""

    people: int = 0
    turns: tuple[TurnUse, ...] = ()
    shown: tuple[Shown, ...] = ()
    reactions: tuple[Reaction, ...] = ()


class UsageLog:
    """Reads use over a database; thread-safe."""

    def __init__(self, database: Database):
        self._database = database

    def since(self, moment: datetime) -> Use:
        """What happened since `moment`; what was taken back did not happen."""
        timings = TurnRow.result["timings"]
        turns = (
            select(
                TurnRow.at,
                ConversationRow.person_id,
                ConversationRow.id,
                timings["ranked_ms"].as_float(),
                timings["total_ms"].as_float(),
            )
            .join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
            .where(TurnRow.at >= moment)
            .order_by(TurnRow.at)
        )
        events = (
            select(
                EventRow.id,
                EventRow.at,
                EventRow.person_id,
                EventRow.kind,
                EventRow.about,
                EventRow.catalogue,
                EventRow.value,
            )
            .where(
                EventRow.at >= moment,
                EventRow.kind.in_([kind.value for kind in (EventKind.SHOWN, *REACTIONS)]),
            )
            .order_by(EventRow.id)
        )
        undone = select(EventRow.about).where(
            EventRow.at >= moment, EventRow.kind == EventKind.UNDONE.value
        )
        shown, reactions = [], []
        with self._database.reading() as session:
            people = session.scalar(select(func.count(PersonRow.id))) or 0
            used = tuple(TurnUse(*row) for row in session.execute(turns))
            gone = set(session.scalars(undone))
            for event, at, person, kind, about, catalogue, value in session.execute(events):
                if kind == EventKind.SHOWN:
                    ranker = value if isinstance(value, str) else None
                    shown.append(Shown(at, person, about, catalogue, ranker))
                elif str(event) not in gone:
                    rating = float(value) if isinstance(value, int | float) else None
                    reactions.append(Reaction(at, person, about, EventKind(kind), rating))
        return Use(people, used, tuple(shown), tuple(reactions))
