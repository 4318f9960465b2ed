"""A first bid by one call: lock, guard, bid, event and its place in the queue, in a transaction of its own.

The lock is taken by a statement of its own, so that the guard after it sees what whoever held it has committed.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NAME = "marketplace_place_bid"
_ARGUMENTS = (
    "p_lock bigint, p_tender varchar, p_seen integer, p_received timestamptz, p_id varchar, p_bidder varchar, "
    "p_envelope text, p_digest varchar, e_id varchar, e_subject varchar, e_type varchar, e_actor varchar, "
    "e_public boolean, e_sealed boolean, e_leaf varchar, e_body text, e_held_for varchar, "
    "p_used varchar, p_last_used timestamptz"
)
_BODY = """
BEGIN
  PERFORM pg_advisory_xact_lock_shared(p_lock);
  INSERT INTO marketplace_bid
      (id, tender_id, bidder_index, envelope, digest, placed_at, version, notice_version)
    SELECT p_id, p_tender, p_bidder, p_envelope, p_digest, p_received, 1, p_seen
    FROM marketplace_tender
    WHERE id = p_tender AND stage = 'open' AND notice_version = p_seen AND closes_at > p_received;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO marketplace_event (id, subject, type, at, actor, public, sealed, leaf, body)
    VALUES (e_id, e_subject, e_type, p_received, e_actor, e_public, e_sealed, e_leaf, e_body);
  INSERT INTO marketplace_unsealed (event_id, held_for) VALUES (e_id, e_held_for);
  IF p_used IS NOT NULL THEN
    UPDATE marketplace_token SET last_used_at = p_last_used WHERE secret_hash = p_used AND revoked_at IS NULL;
  END IF;
  RETURN true;
END
"""


def upgrade() -> None:
    """Make it; and keep an envelope of the usual length in its row, where it is written once and not in two tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE FUNCTION {_NAME}({_ARGUMENTS}) RETURNS boolean LANGUAGE plpgsql AS $${_BODY}$$")
        op.execute("ALTER TABLE marketplace_bid SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Drop it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE marketplace_bid RESET (toast_tuple_target)")
        op.execute(f"DROP FUNCTION {_NAME}")
