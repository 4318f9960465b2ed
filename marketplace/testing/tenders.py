"""Builders for tenders: a notice, sealed bids, an opening, a confirmed award; valid unless a test overrides."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from nacl.public import PrivateKey, SealedBox

from marketplace.budgets import service as budgets
from marketplace.kernel.clock import SimulatedClock, shanghai_date
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, service
from marketplace.tenders.models import Award, Receipt, Tender
from marketplace.tenders.queries import openings
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.rulebook import a_version

Work = Callable[..., AbstractContextManager[Ctx]]

ITEM = "ZJ-01"
CEILING_FEN = 9_000_000
OPEN_WORKDAYS = 5


def tender_facts(**over: Any) -> dict[str, Any]:
    """What a buyer writes into a valid notice: an enterprise's tender by lowest sealed price."""
    facts: dict[str, Any] = {
        "title": "连云港港口扩建工程环境影响报告书编制",
        "item_code": ITEM,
        "region": "320700",
        "content": "编制环境影响报告书，组织专家评审并按意见修改，配合报批。",
        "conditions": "项目负责人须持有环境影响评价工程师证书。",
        "fund_source": "social",
        "payer": "buyer",
        "ceiling_fen": CEILING_FEN,
        "method": "lowest",
        "service_workdays": 20,
    }
    return {**facts, **over}


def a_draft(work: Work, buyer: Actor, **over: Any) -> Tender:
    """A draft of a buyer, closing after OPEN_WORKDAYS unless told otherwise."""
    with work(buyer) as ctx:
        closes_at = rulebook.add_workdays(ctx, ctx.now, OPEN_WORKDAYS)
        return service.draft(ctx, **{"closes_at": closes_at, **tender_facts(**over)})


def a_tender(work: Work, buyer: Actor | None = None, **over: Any) -> Tender:
    """A published tender of a buyer (a new enterprise unless given)."""
    draft = a_draft(work, buyer or a_buying_actor(work), **over)
    with work() as ctx:
        return service.publish(ctx, draft.id)


def several_keepers(work: Work, *keepers: str, threshold: int) -> None:
    """From now on notices of 连云港 name these keepers, and `threshold` of their shares open."""
    with work() as ctx:
        a_version(ctx, "320700", values={"opening.keepers": list(keepers), "opening.threshold": threshold})


def share_from(work: Work, private: dict[str, str], tender_id: str, keeper: str) -> str:
    """What a keeper takes out of its envelope with its private key, hexadecimal."""
    with work(write=False) as ctx:
        sealed = next(row.envelope for row in openings.shares(ctx, tender_id) if row.keeper == keeper)
    return SealedBox(PrivateKey(bytes.fromhex(private[keeper]))).decrypt(bytes.fromhex(sealed)).hex()


def a_buying_actor(work: Work, kind: str = "enterprise", *, username: str = "") -> Actor:
    """Somebody who may post for a new enterprise or department."""
    with work() as ctx:
        return a_member(ctx, kind, username=username)


def a_budget_line(work: Work, department: Actor, *, amount_fen: int = 20_000_000, name: str = "中介服务费") -> str:
    """The id of a budget line of the department's present year. amount_fen in fen."""
    assert department.organisation_id is not None
    with work() as ctx:
        line = budgets.appropriate(
            ctx,
            department_id=department.organisation_id,
            fiscal_year=shanghai_date(ctx.now).year,
            name=name,
            function_code="2110301",
            economic_code="30227",
            source="treasury",
            amount_fen=amount_fen,
            document="连财指〔2026〕18号",
        )
        return line.id


def a_departments_tender(work: Work, department: Actor, line_id: str, **over: Any) -> Tender:
    """A published, government-commissioned tender that a budget line pays."""
    facts = {
        "fund_source": "fiscal",
        "payer": "department",
        "government_commissioned": True,
        "budget_line_id": line_id,
    }
    return a_tender(work, department, **{**facts, **over})


def some_bidders(work: Work, number: int, *, item_code: str = ITEM, usernames: Sequence[str] = ()) -> list[Actor]:
    """Somebody of each of so many new agencies that may do the item."""
    with work() as ctx:
        firms = [an_agency(ctx, scopes=[item_code]) for _ in range(number)]
        names = [*usernames, *[""] * number]
        return [a_colleague(ctx, firm.id, username=names[i]) for i, firm in enumerate(firms)]


def a_bid(work: Work, bidder: Actor, tender_id: str, price_fen: int, **over: Any) -> Receipt:
    """A sealed bid; its receipt. price_fen in fen."""
    with work(bidder) as ctx:
        facts: dict[str, Any] = {"price_fen": price_fen, "days": 20, "lead": "王建国"}
        return service.place_bid(ctx, tender_id, **{**facts, **over})


def let_it_close(runtime: Runtime, clock: SimulatedClock, tender_id: str) -> Tender:
    """Move the clock to the closing time and let the timer do its work."""
    with runtime.work() as ctx:
        closes_at = queries.tender(ctx, tender_id).closes_at
    assert closes_at is not None
    clock.set(closes_at)
    runtime.settle()
    with runtime.work() as ctx:
        return queries.tender(ctx, tender_id)


@dataclass(frozen=True)
class Story:
    """A tender with its buyer, its bidders in the order of their bids, and the award that came of it."""

    tender: Tender
    buyer: Actor
    bidders: list[Actor]
    award: Award


def an_award(
    runtime: Runtime, clock: SimulatedClock, prices: Sequence[int] = (8_800_000, 8_500_000, 8_900_000)
) -> Story:
    """A tender by lowest price, closed and awarded, in its publicity days. prices in fen."""
    buyer = a_buying_actor(runtime.work)
    tender = a_tender(runtime.work, buyer)
    bidders = some_bidders(runtime.work, len(prices))
    for bidder, price in zip(bidders, prices, strict=True):
        a_bid(runtime.work, bidder, tender.id, price)
    closed = let_it_close(runtime, clock, tender.id)
    with runtime.work() as ctx:
        award = queries.live_award(ctx, tender.id)
    assert award is not None
    return Story(closed, buyer, bidders, award)


def a_confirmed_award(runtime: Runtime, clock: SimulatedClock, **over: Any) -> Story:
    """The same, after the publicity days and with the buyer's confirmation."""
    story = an_award(runtime, clock, **over)
    clock.set(story.award.publicity_ends_at)
    runtime.settle()
    with runtime.work(story.buyer) as ctx:
        award = service.confirm_award(ctx, story.award.id)
        return Story(queries.tender(ctx, story.tender.id), story.buyer, story.bidders, award)
