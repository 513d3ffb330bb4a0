"""The tables: people, accounts, conversations, turns, events, catalogues, items.

Rows stay in `storage/`.

Public values (`bot.core.values`) know nothing of these classes; the repositories beside this file
translate. The full-text table of SQLite is made by a migration and used in
`storage.catalogue.title_search`, since no other database has it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored as naive UTC and read back with its zone; a naive value is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012 - read by SQLAlchemy


class PersonRow(Base):
    """Somebody who talks, by the name they gave."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created: Mapped[datetime]


class AccountRow(Base):
    """The password of a person who has one, hashed; nothing leads back to it."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    password_hash: Mapped[str] = mapped_column(String(255))
    changed: Mapped[datetime]


class SignInRow(Base):
    """A browser or program that is signed in: a hash of its token, and until when."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    started: Mapped[datetime]
    ends: Mapped[datetime]


class DeviceRow(Base):
    """A browser that a person has signed in with: a hash of its token, and when last."""

    __tablename__ = "devices"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    last: Mapped[datetime]


class InvitationRow(Base):
    """An open invitation to make an account: a hash of its code, and until when."""

    __tablename__ = "invitations"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    made: Mapped[datetime]
    ends: Mapped[datetime]


class ConversationRow(Base):
    """One conversation of one person, over one catalogue (by name: it may be deleted)."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    catalogue: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    started: Mapped[datetime]
    updated: Mapped[datetime]


class TurnRow(Base):
    """One turn: what was said, and the answer as a JSON document (`turn_documents`)."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    number: Mapped[int]
    user_text: Mapped[str] = mapped_column(Text)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    at: Mapped[datetime]


class EventRow(Base):
    """One appended event. Ids are never used again, since other events point at them."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    catalogue: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(Text)
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    source: Mapped[str] = mapped_column(Text)
    lasting: Mapped[bool]
    at: Mapped[datetime]


class CatalogueRow(Base):
    """A catalogue: `columns` maps each attribute column to whether it is numeric."""

    __tablename__ = "catalogues"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    columns: Mapped[dict[str, bool]] = mapped_column(JSON)
    size: Mapped[int]
    imported: Mapped[datetime]


class ItemRow(Base):
    """One item; `attributes` maps a column to its list of strings and numbers.

    `digest` is a hash of all that the import read, so that an unchanged item keeps its row.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("catalogue_id", "item_id"),
        Index(None, "catalogue_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(ForeignKey("catalogues.id", ondelete="CASCADE"))
    item_id: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None]
    description: Mapped[str | None] = mapped_column(Text)
    popularity: Mapped[float | None]
    image_url: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    same_as: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, list[str | float]]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(32))
