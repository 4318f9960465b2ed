"""What was noted too exactly: when somebody was seen, and what was in the body of a sealed bid.

To the microsecond the use of a token tells, beside the instant of a sealed bid, whose bid it is; and a keyed hash of a
body lets whoever has the key try every price. What is harmless cannot be told from what is not: all are rounded or
forgotten.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_DAY = {
    "postgresql": "date_trunc('day', {at}, 'Asia/Shanghai')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', date({at}, '+8 hours'), '-8 hours') || '.000000'",
}
_FIVE_MINUTES = {
    "postgresql": "to_timestamp(floor(extract(epoch FROM {at}) / 300) * 300)",
    "sqlite": "strftime('%Y-%m-%d %H:', {at}) || printf('%02d', strftime('%M', {at}) / 5 * 5) || ':00.000000'",
}
_ROUNDED = (
    ("marketplace_token", "last_used_at", _DAY),
    ("marketplace_sign_in", "seen_at", _FIVE_MINUTES),
    ("marketplace_answered", "at", _DAY),
)


def upgrade() -> None:
    """Round the instants down, and forget what requests under a key held."""
    bind = op.get_bind()
    for table, column, shapes in _ROUNDED:
        rounded = shapes[bind.dialect.name].format(at=column)
        bind.exec_driver_sql(f"UPDATE {table} SET {column} = {rounded} WHERE {column} IS NOT NULL")
    bind.exec_driver_sql("UPDATE marketplace_answered SET request = ''")


def downgrade() -> None:
    """Nothing comes back: it was to be gone."""
