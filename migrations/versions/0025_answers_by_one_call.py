"""A first bid by one call also keeps what a request under a key (Idempotency-Key) was answered.

Two requests under one key wait for each other before either bids, as they do on the whole way.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NAME = "marketplace_place_bid"
_BID = (
    "p_lock bigint, p_tender varchar, p_seen integer, p_received timestamptz, p_id varchar, p_bidder varchar, "
    "p_envelope text, p_digest varchar, e_id varchar, e_subject varchar, e_type varchar, e_actor varchar, "
    "e_public boolean, e_sealed boolean, e_leaf varchar, e_body text, e_held_for varchar, "
    "p_used varchar, p_last_used timestamptz"
)
_KEPT = "k_lock bigint, k_key varchar, k_request varchar, k_answer text"
_WAIT = """
  IF k_key IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(k_lock);
  END IF;"""
_KEEP = """
  IF k_key IS NOT NULL THEN
    INSERT INTO marketplace_answered (key, request, status, answer, at)
      VALUES (k_key, k_request, 201, k_answer, p_last_used);
  END IF;"""


def _body(before: str, after: str) -> str:
    return f"""
BEGIN{before}
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
  END IF;{after}
  RETURN true;
END
"""


def _make(arguments: str, body: str) -> None:
    op.execute(f"DROP FUNCTION {_NAME}")
    op.execute(f"CREATE FUNCTION {_NAME}({arguments}) RETURNS boolean LANGUAGE plpgsql AS $${body}$$")


def upgrade() -> None:
    """The function learns of the key."""
    if op.get_bind().dialect.name == "postgresql":
        _make(f"{_BID}, {_KEPT}", _body(_WAIT, _KEEP))


def downgrade() -> None:
    """It forgets it."""
    if op.get_bind().dialect.name == "postgresql":
        _make(_BID, _body("", ""))
