"""Invitations to make an account, and the browsers that somebody has signed in with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("ends", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_invitations"),
    )
    op.create_table(
        "devices",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("last", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", "person_id", name="pk_devices"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_devices_person_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_devices_person_id", "devices", ["person_id"])
