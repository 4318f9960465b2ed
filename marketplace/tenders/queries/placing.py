"""What a bid asks before it is written, in one journey: the lock, the notice, the earlier bid, and who may bid."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, BindParameter, ColumnElement, String, and_, bindparam, func, select

from marketplace.agencies.models import Agency
from marketplace.agencies.queries import fitness
from marketplace.agencies.rules import Bar
from marketplace.identity.models import Organisation
from marketplace.kernel.base import ShanghaiDay
from marketplace.kernel.context import Ctx, lock_key
from marketplace.kernel.quick import Quick
from marketplace.relations import queries as relations
from marketplace.tenders.models import Bid, Tender
from marketplace.tenders.queries.eligibility import FIRST, eligibility, rules_for

# Short names in the statement: the driver keeps what it made of a text only up to 4,096 characters.
BIDS, TENDERS = Bid.__table__.alias("b"), Tender.__table__.alias("t")


@dataclass(frozen=True, slots=True)
class Earlier:
    """The agency's bid that is there already, withdrawn or not."""

    id: str
    digest: str
    withdrawn_at: datetime | None
    version: int
    notice_version: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What a bidder's request sees. notice: of a Tender only what a bid needs; clear: nothing speaks against the bid.

    Where it is not clear, `bars` asks for the reasons, and there may be none.
    """

    notice: Tender
    earlier: Earlier | None
    clear: bool


# Built once: everything below is asked for every bid, ten thousand times in the last minute.
_NAMES = (
    *("id", "number", "published_at", "stage", "closes_at", "notice_version", "counts_from", "ruleset_id", "region"),
    *("quote", "ceiling_fen", "floor_fen", "fixed_price_fen", "rate_floor_bp", "rate_cap_bp", "envelope_key"),
    *("avoidances", "direct_agency_id", "invite_draw"),
)
NOTICE = tuple(TENDERS.c[name] for name in _NAMES)
_BID = tuple(BIDS.c[field.name].label(f"bid_{field.name}") for field in fields(Earlier))
_agency: BindParameter[str] = bindparam("agency", type_=String(32))
_others: list[ColumnElement[str | None]] = [TENDERS.c.buyer_id, TENDERS.c.authority_id]


def standing(agency: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    """Columns of a statement over agencies, organisations and tenders: all that `is_clear` needs of an agency."""
    return (
        Agency.uscc.label("uscc"),
        fitness.is_fit(TENDERS.c.item_code, ShanghaiDay(TENDERS.c.closes_at)).label("fit"),
        relations.are_linked(agency, cast("ColumnElement[str]", Organisation.uscc), _others).label("linked"),
        relations.has_declared(agency).label("declared"),
    )


_own = and_(BIDS.c.tender_id == TENDERS.c.id, BIDS.c.bidder_index == bindparam("bidder"))
_LOOK = (
    select(*_BID, *NOTICE, *standing(_agency))
    .select_from(TENDERS)
    .outerjoin(BIDS, _own)
    .outerjoin(Agency, Agency.id == _agency)
    .outerjoin(Organisation, Organisation.id == _agency)
    .where(TENDERS.c.id == bindparam("tender", type_=String(32)))
)
_LOCK_AND_LOOK = _LOOK.add_columns(func.pg_advisory_xact_lock_shared(bindparam("lock", type_=BigInteger)))

_QUICK_LOOK, _QUICK_LOCK_AND_LOOK = Quick(_LOOK), Quick(_LOCK_AND_LOOK)


def look(ctx: Ctx, tender_id: str, agency_id: str, *, index: str, lock: str) -> Sight | None:
    """Take the lock that bids share, and see; None where there is no such notice or only a draft of one.

    index: under which the agency's bid is found. What is seen may be older than the lock, for which it may have waited:
    it is good for refusals, and what is written asks the notice again.
    """
    postgresql = ctx.session.get_bind().dialect.name == "postgresql"
    known: dict[str, Any] = {"tender": tender_id, "bidder": index, "agency": agency_id, "now": ctx.now}
    if postgresql:
        known["lock"] = lock_key(lock)
    [row] = (_QUICK_LOCK_AND_LOOK if postgresql else _QUICK_LOOK).rows(ctx.session, known) or [None]
    if row is None or row.published_at is None:  # a draft is nobody's business but its buyer's
        return None
    # A row has the attributes of a Tender and none of what makes loading one dear.
    return Sight(cast("Tender", row), Earlier(*row[: len(_BID)]) if row.bid_id else None, is_clear(ctx, row, agency_id))


def is_clear(ctx: Ctx, row: Any, agency_id: str) -> bool:
    """Whether none of the guards of `eligibility` could find anything; on the least doubt it is asked."""
    if not row.fit or row.linked or row.invite_draw or row.direct_agency_id not in {None, agency_id}:
        return False
    if any(avoided["uscc"] == row.uscc for avoided in row.avoidances):
        return False
    book = rules_for(ctx, row)
    return row.declared or FIRST not in book or not book[FIRST]


def bars(ctx: Ctx, sight: Sight, agency_id: str) -> list[Bar]:
    """Every reason why the agency may not bid, as `eligibility` has them; nothing more is asked of one who is clear."""
    if sight.clear:
        return []
    return eligibility(ctx, ctx.session.get_one(Tender, sight.notice.id, populate_existing=True), agency_id)
