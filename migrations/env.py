"""Runs on the connection it is handed; own version table; touches only tables of ours."""

from alembic import context

from marketplace.kernel.base import Base
from marketplace.migrate import VERSION_TABLE, ours

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=ours,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
