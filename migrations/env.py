"""Runs on the connection it is handed; own version table; touches only tables of ours."""

from typing import Any

from alembic import context

from marketplace.kernel.base import Base, Instant
from marketplace.migrate import VERSION_TABLE, ours


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column type by its short name; leave the rest to Alembic."""
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=ours,
    render_item=render_item,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
