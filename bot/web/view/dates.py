"""Dates as the page shows them, in the time of the machine that serves it."""

from __future__ import annotations

from datetime import UTC, datetime


def local(at: datetime) -> datetime:
    """`at` in local time; a date without a zone is UTC, as stored."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()


def short(at: datetime, now: datetime | None = None) -> str:
    """The time for today (``14:05``), else the day (``3 May 2026``)."""
    then = local(at)
    today = local(now or datetime.now(UTC)).date()
    return f"{then:%H:%M}" if then.date() == today else f"{then.day} {then:%b %Y}"
