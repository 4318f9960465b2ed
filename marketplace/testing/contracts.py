"""Builders for contracts: a confirmed award, a draft, a contract in force; valid unless a test overrides."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.budgets import service as budgets
from marketplace.contracts import queries, service
from marketplace.contracts.models import Contract, Milestone
from marketplace.contracts.rules import MilestonePlan
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.rulebook.queries import rules_at
from marketplace.tenders.models import Award, Bid, Offer, Tender
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague, a_member

Work = Callable[..., AbstractContextManager[Ctx]]

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PRICE_FEN = 8_800_001


@dataclass(frozen=True)
class Parties:
    """Both sides of a contract as actors, and the award between them."""

    buyer: Actor
    agency: Actor
    award_id: str

    @property
    def agency_id(self) -> str:
        """The agency's id."""
        assert self.agency.organisation_id is not None
        return self.agency.organisation_id


def some_parties(ctx: Ctx, *, encumbered: bool = False, username: str = "", **over: Any) -> Parties:
    """A buyer and an agency with a confirmed award. username: they sign in as "<username>-buyer" and "…-agency"."""
    names = {"buyer": f"{username}-buyer", "agency": f"{username}-agency"} if username else {"buyer": "", "agency": ""}
    buyer = a_member(ctx, "department" if encumbered else "enterprise", username=names["buyer"])
    agency = an_agency(ctx)
    actor = a_colleague(ctx, agency.id, username=names["agency"])
    assert buyer.organisation_id is not None
    return Parties(buyer, actor, another_award(ctx, buyer.organisation_id, agency.id, encumbered=encumbered, **over))


def another_award(
    ctx: Ctx, buyer_id: str, agency_id: str, *, price_fen: int = PRICE_FEN, encumbered: bool = False, **over: Any
) -> str:
    """The id of one more confirmed award between two parties."""
    region = over.pop("region", "320000")
    facts: dict[str, Any] = {
        "number": ctx.number("ZJ"),
        "title": "城北污水处理厂环境影响报告书编制",
        "item_code": "ZJ-01",
        "content": "编制报告书并通过技术评估",
        "fund_source": "fiscal" if encumbered else "social",
        "payer": "department" if encumbered else "buyer",
        "method": "lowest",
        "service_workdays": 20,
    }
    encumbrance_id = an_encumbrance(ctx, buyer_id, facts["number"], price_fen) if encumbered else None
    tender = Tender(
        id=ctx.new_id(), buyer_id=buyer_id, region=region, ceiling_fen=price_fen + 100, status="complete",
        stage="awarded", ruleset_id=rules_at(ctx, region, ctx.now).id, created_at=ctx.now, published_at=ctx.now,
        avoidances=[], encumbrance_id=encumbrance_id, **{**facts, **over},
    )  # fmt: skip
    ctx.session.add(tender)
    ctx.session.flush()
    return _award(ctx, tender, agency_id, price_fen)


def _award(ctx: Ctx, tender: Tender, agency_id: str, price_fen: int) -> str:
    bid = Bid(
        id=ctx.new_id(), tender_id=tender.id, bidder_index=ctx.entropy(32).hex(), envelope="", digest="",
        placed_at=ctx.now, version=1,
    )  # fmt: skip
    ctx.session.add(bid)
    ctx.session.flush()
    offer = Offer(
        id=ctx.new_id(), tender_id=tender.id, bid_id=bid.id, agency_id=agency_id, price_fen=price_fen,
        received_at=ctx.now, status="chosen", rank=1,
    )  # fmt: skip
    ctx.session.add(offer)
    ctx.session.flush()
    award = Award(
        id=ctx.new_id(), tender_id=tender.id, offer_id=offer.id, agency_id=agency_id, price_fen=price_fen, rank=1,
        status="active", live=True, awarded_at=ctx.now, publicity_ends_at=ctx.now, confirmed_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(award)
    ctx.session.flush()
    return award.id


def an_encumbrance(ctx: Ctx, department_id: str, reference: str, price_fen: int) -> str:
    """The id of an encumbrance that stands at the award price on a fresh budget line."""
    line = budgets.appropriate(
        ctx, department_id=department_id, fiscal_year=shanghai_date(ctx.now).year, name=f"中介服务费{reference}",
        function_code="2110301", economic_code="30227", source="treasury", amount_fen=price_fen + 100_000,
        document=f"苏财指{reference}号",
    )  # fmt: skip
    held = budgets.reserve(ctx, line_id=line.id, amount_fen=price_fen + 100, reference=reference)
    return budgets.award(ctx, held.id, amount_fen=price_fen).id


def a_plan(start: date, *shares: int) -> list[MilestonePlan]:
    """Milestones ten days apart. shares: basis points, by default 30 % and 70 %."""
    names = ("提交初稿", "通过评审并交付成果", "质保期满")
    return [
        MilestonePlan(names[i % len(names)], share, start + timedelta(days=10 * (i + 1)))
        for i, share in enumerate(shares or (3000, 7000))
    ]


def a_draft(work: Work, parties: Parties, *shares: int, **over: Any) -> Contract:
    """A draft that the buyer has drawn up."""
    with work(parties.buyer) as ctx:
        today = shanghai_date(ctx.now)
        facts: dict[str, Any] = {
            "content": "编制环境影响报告书，含现场监测、公众参与和评审修改",
            "starts_on": today,
            "ends_on": today + timedelta(days=60),
            "milestones": a_plan(today, *shares),
        }
        return service.draw_up(ctx, parties.award_id, **{**facts, **over})


def a_contract(work: Work, parties: Parties, *shares: int) -> Contract:
    """A contract in force: both sides have confirmed."""
    draft = a_draft(work, parties, *shares)
    for side in (parties.buyer, parties.agency):
        with work(side) as ctx:
            found = service.confirm(ctx, draft.id)
    return found


def parts_of(work: Work, contract: Contract) -> list[Milestone]:
    """The milestones of a contract."""
    with work() as ctx:
        return list(queries.milestones(ctx, contract.id))


def deliver(work: Work, parties: Parties, milestone_id: str, *, name: str = "报告书.pdf", content: bytes = PDF) -> str:
    """Deliver one file; the deliverable's id."""
    with work(parties.agency) as ctx:
        return service.deliver(ctx, milestone_id, filename=name, content=io.BytesIO(content)).id


def a_finished_contract(work: Work, parties: Parties, *shares: int) -> Contract:
    """A contract whose every milestone was delivered and accepted at once."""
    contract = a_contract(work, parties, *(shares or (10_000,)))
    for part in parts_of(work, contract):
        deliver(work, parties, part.id)
        with work(parties.buyer) as ctx:
            service.accept(ctx, part.id)
    with work() as ctx:
        return queries.contract(ctx, contract.id)


def a_package(**members: bytes) -> bytes:
    """A zip file. Members are named by keyword with "__" for "/" and "_" for "."."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name.replace("__", "/").replace("_", "."), data)
    return stream.getvalue()
