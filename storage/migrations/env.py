"""Runs the steps over the connection that `storage.sql.migrate` hands in; no other way in."""

from __future__ import annotations

from alembic import context

from storage.sql.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=False,  # the caller's transaction holds all steps or none
)
context.run_migrations()
