"""Signed receipts of recorded events: given at once, found again in the log by their leaf, proven once in the tree.

A receipt is made from the event and the market's key alone, so the one that is found again is the one that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, select

from marketplace.audit import queries
from marketplace.audit.errors import EventNotSealed, ReceiptNotFound
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow, Recorded, canonical, recorded

Receipt = dict[str, Any]
# Event type → whether an event of that type is the asker's own, by its content.
Own = Mapping[str, Callable[[Mapping[str, Any]], bool]]


def signed(ctx: Ctx, what: Recorded, number: str = "") -> Receipt:
    """A signed receipt for one recorded event: leaf, time, and the event, from which the leaf is recomputed.

    number: of the tender, if it was about one. `digest` is that of the sealed envelope, or empty; `signature` covers
    the canonical JSON of all other fields.
    """
    body: dict[str, Any] = {
        "tender": number,
        "kind": what.type,
        "leaf": what.leaf,
        "at": what.at.isoformat(),
        "digest": what.content["data"].get("digest", ""),
        "event": what.content,
        "public_key": ctx.keys.public_key,
    }
    return {**body, "signature": ctx.keys.sign(canonical(body))}


def listed(ctx: Ctx, subject: str, own: Own) -> list[Recorded]:
    """One's own events of a subject ("tender/<id>"), oldest first."""
    return sorted(_own(ctx, _wanted(subject, own), own), key=lambda what: (what.at, what.id))


def found(ctx: Ctx, subject: str, leaf: str, own: Own) -> Recorded:
    """One's own event with this leaf (hex). Raises ReceiptNotFound: also where the event is somebody else's."""
    what = next(_own(ctx, _wanted(subject, own).where(EventRow.leaf == leaf), own), None)
    if what is None:
        raise ReceiptNotFound
    return what


def proof(ctx: Ctx, receipt: Receipt) -> dict[str, Any]:
    """The receipt with its inclusion proof and the head that it leads to. Raises EventNotSealed."""
    return {"receipt": receipt, **queries.inclusion(ctx, receipt["event"]["id"])}


def proven(ctx: Ctx, receipt: Receipt) -> dict[str, Any] | None:
    """The same, or None while the leaf is not in the tree."""
    try:
        return proof(ctx, receipt)
    except EventNotSealed:
        return None


def _wanted(subject: str, own: Own) -> Select[EventRow]:
    return select(EventRow).where(EventRow.subject == subject, EventRow.type.in_(own))


def _own(ctx: Ctx, wanted: Select[EventRow], own: Own) -> Iterator[Recorded]:
    rows = (recorded(row) for row in ctx.session.scalars(wanted))
    return (what for what in rows if own[what.type](what.content))
