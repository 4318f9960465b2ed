"""Reading how tenders are opened: their keepers, who is waited for, and the signed minutes."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select

from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.selection import queries as selection
from marketplace.tenders import rules
from marketplace.tenders.errors import KeeperNotNamed, NotOpened
from marketplace.tenders.events import BidsOpened
from marketplace.tenders.models import KeyShare, Tender

MOST = 100


def shares(ctx: Ctx, tender_id: str) -> list[KeyShare]:
    """The keepers of a tender by name, as they are now: who has handed in, and the digest of each share."""
    return shares_of(ctx, [tender_id])[tender_id]


def shares_of(ctx: Ctx, tender_ids: Iterable[str]) -> dict[str, list[KeyShare]]:
    """The same of several tenders, by tender, by one statement."""
    found: dict[str, list[KeyShare]] = {id: [] for id in tender_ids}
    wanted = select(KeyShare).where(KeyShare.tender_id.in_(found)).order_by(KeyShare.keeper)
    for row in ctx.session.scalars(wanted.execution_options(populate_existing=True)):
        found[row.tender_id].append(row)
    return found


def owed_by(keepers: Iterable[str]) -> Select[Tender, KeyShare]:
    """Closed tenders with the shares that these keepers still owe; order by closing time."""
    owed = (Tender.stage == "closed", KeyShare.share.is_(None), KeyShare.keeper.in_(sorted(keepers)))
    return select(Tender, KeyShare).join(KeyShare, KeyShare.tender_id == Tender.id).where(*owed)


SHARE, SEED, NUMBERS = "提交密钥份额", "公开摇号种子", "录入公开号码"


def duties(ctx: Ctx, keeper: str) -> list[tuple[Tender, str]]:
    """Tenders that wait for a keeper and what for: its share, its seed, or numbers that any keeper may enter."""
    owed = ctx.session.execute(owed_by([keeper]).order_by(Tender.closes_at, Tender.id).limit(MOST))
    found = [(tender, SHARE) for tender, _ in owed]
    for numbers, what in (
        (select(selection.seeds_owed_by([keeper], ctx.now).subquery().c.number), SEED),
        (select(selection.numbers_owed(ctx.now).subquery().c.number), NUMBERS),
    ):
        waiting = select(Tender).where(Tender.number.in_(numbers)).order_by(Tender.closes_at, Tender.id).limit(MOST)
        found += [(tender, what) for tender in ctx.session.scalars(waiting)]
    return found


def minutes(ctx: Ctx, tender_id: str) -> dict[str, Any]:
    """开启记录: the signed minutes of an opening with the offers they are about. Raises NotOpened before it."""
    wanted = select(EventRow.body).where(EventRow.subject == f"tender/{tender_id}", EventRow.type == BidsOpened.type)
    body = ctx.session.scalar(wanted)
    if body is None:
        raise NotOpened
    data: dict[str, Any] = json.loads(body)["data"]
    return data


def sealed(ctx: Ctx, tender: Tender, keeper: str) -> dict[str, Any]:
    """What lies in a keeper's envelopes of one tender, still sealed: its share, and its seed if there may be a draw.

    Raises KeeperNotNamed for one who keeps neither.
    """
    share = next((row for row in shares(ctx, tender.id) if row.keeper == keeper), None)
    seed = selection.commitment_rows(ctx, tender.id).get(keeper)
    invite = tender.invite_draw.get(keeper, {})
    if share is None and seed is None:
        raise KeeperNotNamed(keeper=rules.KEEPER_NAMES.get(keeper, keeper), number=tender.number)
    return {
        "tender": tender.number,
        "keeper": keeper,
        "digest": share.digest if share else "",
        "envelope": share.envelope if share else "",
        "commitment": seed.digest if seed else "",
        "seed_envelope": seed.envelope if seed else "",
        "invite_commitment": invite.get("commitment", ""),
        "invite_envelope": invite.get("envelope", ""),
    }
