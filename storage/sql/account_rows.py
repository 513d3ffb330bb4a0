"""What is stored of accounts, row by row, for the repositories beside this file."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.sql.models import AccountRow, DeviceRow, SignInRow


def account_document(session: Session, person_id: int) -> dict[str, object] | None:
    """A person's account for their own export, without what would open it; None without one."""
    account = session.get(AccountRow, person_id)
    if account is None:
        return None
    sign_ins = session.scalars(
        select(SignInRow).where(SignInRow.person_id == person_id).order_by(SignInRow.started)
    )
    devices = session.scalars(
        select(DeviceRow).where(DeviceRow.person_id == person_id).order_by(DeviceRow.last)
    )
    return {
        "password_set": account.changed.isoformat(),
        "sign_ins": [
            {"started": row.started.isoformat(), "ends": row.ends.isoformat()} for row in sign_ins
        ],
        "devices": [{"last_signed_in": row.last.isoformat()} for row in devices],
    }
