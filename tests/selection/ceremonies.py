"""A ceremony as its keepers and clerks hold it."""

from sqlalchemy import select

from marketplace.kernel.events import EventRow
from marketplace.selection import ceremony, errors, queries, service
from marketplace.testing.identity import a_member

TENDER, NUMBER = "t" * 32, "ZJ-2026-000001"
LABELS = [f"9132{i:014d}/{NUMBER}" for i in range(5)]
LEFT_OUT = [{"label": f"91329{0:013d}/{NUMBER}", "agency": "甲", "reason": "报价高于最高限价"}]

CALENDAR = {
    "game": "fc3d",
    "days": [1, 2, 3, 4, 5, 6, 7],
    "time": "21:15",
    "closed": ["2026-02-14/2026-02-23"],
    "lead_minutes": 30,
}


def commit(work, *sources, minutes=60):
    with work() as ctx:
        lottery = CALENDAR if "lottery" in sources else {}
        service.commit(ctx, TENDER, sources=sources, reveal_minutes=minutes, lottery=lottery)


def hold(work):
    """The record, or what is still missing; either way what was frozen stays."""
    with work() as ctx:
        try:
            return ceremony.hold(ctx, tender_id=TENDER, number=NUMBER, labels=LABELS, excluded=lambda: LEFT_OUT)
        except errors.DrawAwaited as waiting:
            return waiting.facts["missing"]


def seed_of(runtime, keys, keeper):
    with runtime.work(write=False) as ctx:
        sealed = queries.commitment_rows(ctx, TENDER)[keeper].envelope
    runtime.keys.private[keeper] = keys[keeper]
    found = runtime.keys.unseal(keeper, sealed).hex()
    del runtime.keys.private[keeper]
    return found


def reveal(work, runtime, keys, *keepers):
    for keeper in keepers:
        with work() as ctx:
            ceremony.reveal_seed(ctx, NUMBER, keeper=keeper, seed=seed_of(runtime, keys, keeper))


def types_of(work):
    with work() as ctx:
        wanted = select(EventRow.type).where(EventRow.subject == f"tender/{TENDER}").order_by(EventRow.id)
        return list(ctx.session.scalars(wanted))


def clerks(work, number=2):
    with work() as ctx:
        return [a_member(ctx, "operator", "operator") for _ in range(number)]
