"""通知收件箱: a notice is stored as it came, acknowledged, and applied later; told twice it is stored once."""

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel.context import Ctx
from marketplace.payments import queries
from marketplace.payments.events import NoticeStored
from marketplace.payments.evidence import apply_observation
from marketplace.payments.models import GatewayNotice
from marketplace.payments.ports import Observation

# Forgeries are kept as evidence, but nobody may fill the disk with them.
FORGED_BYTES = 4096
FORGED_AN_HOUR = 100
# What a later reader needs of the headers; cookies and addresses of people are not kept.
_KEPT_HEADERS = ("content-type", "user-agent", "stripe-signature", "x-signature")


def record_notice(ctx: Ctx, *, gateway: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """Put a provider's notice into the inbox and say what to answer. Nothing is applied here.

    One that is known already is acknowledged again; one that is not genuine is kept as evidence, within bounds, and
    never acknowledged. Raises GatewayMissing.
    """
    rail = queries.gateway(ctx, gateway)
    kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
    try:
        notice_id, fact = rail.parse_notice(headers, body)
    except (ValueError, OSError):
        _keep_forgery(ctx, gateway, kept, body)
        return rail.notice_ack(stored=False)
    stored = _put(ctx, gateway, notice_id[:128], fact.number[:64], kept, body, "stored")
    if stored:
        ctx.record(NoticeStored(subject=f"notice/{stored}", gateway=gateway, notice_id=notice_id[:128]))
        ctx.promise("payment.notice", stored, ctx.now)
    return rail.notice_ack(stored=True)


def _put(
    ctx: Ctx, gateway: str, notice_id: str, number: str, headers: Mapping[str, str], body: bytes, state: str
) -> str | None:
    """The id of the new row, or None when the notice was known."""
    row = {
        "id": ctx.new_id(),
        "gateway": gateway,
        "notice_id": notice_id,
        "number": number,
        "headers": ctx.keys.encrypt(json.dumps(dict(headers)).encode()),
        "body": ctx.keys.encrypt(body),
        "state": state,
        "stored_at": ctx.now,
    }
    dialect: Any = postgresql if ctx.session.get_bind().dialect.name == "postgresql" else sqlite
    put = dialect.insert(GatewayNotice).values(row).on_conflict_do_nothing().returning(GatewayNotice.id)
    found: str | None = ctx.session.scalar(put)
    return found


def _keep_forgery(ctx: Ctx, gateway: str, headers: Mapping[str, str], body: bytes) -> None:
    recent = select(GatewayNotice.id).where(
        GatewayNotice.gateway == gateway,
        GatewayNotice.state == "rejected",
        GatewayNotice.stored_at > ctx.now - timedelta(hours=1),
    )
    if ctx.session.scalar(recent.offset(FORGED_AN_HOUR - 1).limit(1)) is None:
        known_by = f"forged/{sha256(body).hexdigest()}"
        _put(ctx, gateway, known_by, "", headers, body[:FORGED_BYTES], "rejected")


def apply_notice(ctx: Ctx, notice_row_id: str) -> None:
    """Apply a stored notice once. One that names nothing of ours on its own rail is quarantined."""
    notice = ctx.session.get(GatewayNotice, notice_row_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.state != "stored":
        return
    headers = json.loads(ctx.keys.decrypt(notice.headers)) if notice.headers else {}
    _, fact = queries.gateway(ctx, notice.gateway).parse_notice(headers, ctx.keys.decrypt(notice.body))
    notice.applied_at = ctx.now
    notice.state = "applied" if _applied(ctx, notice.gateway, fact) else "quarantined"


def _applied(ctx: Ctx, gateway: str, fact: Observation) -> bool:
    found = queries.by_number(ctx, fact.number) if fact.operation == "transfer" else None
    if found is not None and found.gateway == gateway:
        apply_observation(ctx, found.id, fact)
        return True
    return any(take(ctx, gateway, fact) for take in ctx.plugins["notice_takers"].values())
