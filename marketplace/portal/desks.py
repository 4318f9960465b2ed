"""My desk: what waits for the one who is asking, one section per kind of work, chosen by permission."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, or_, select

from marketplace.agencies.models import Agency, ServiceScope
from marketplace.agencies.queries import after_checks, expiring
from marketplace.auctions.queries import own_rooms
from marketplace.audit.queries import latest_head
from marketplace.contracts.models import Contract, Milestone
from marketplace.credit.models import Appeal, Review, Silence
from marketplace.kernel.context import Ctx
from marketplace.kernel.deadlines import Deadline
from marketplace.portal import money, objections
from marketplace.portal.home import Line
from marketplace.supervision.models import Complaint, ExitCase
from marketplace.tenders.models import Award, Clarification, Tender
from marketplace.tenders.queries import asking, my_open_bids
from marketplace.tenders.queries.changes import unanswered
from marketplace.tenders.queries.openings import duties
from marketplace.tenders.rules import ASKING, keepers_of
from marketplace.web.language import t

SHOWN = 8
OPEN_CASES = ("noticed", "defended", "undefended")
TO_DELIVER = ("scheduled", "returned")


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work: its lines (at most SHOWN), whether there are more, the door to all of it, whether it waits."""

    title: str
    lines: Sequence[Line]
    more: bool = False
    path: str = ""
    door: str = ""
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """Who has this section (any of the permissions) and how its lines are found."""

    permissions: frozenset[str]
    title: str
    find: Callable[[Ctx], Iterable[Line]]
    path: str = ""
    door: str = ""
    waits: bool = True


def sections(ctx: Ctx) -> list[Section]:
    """Every section that the actor's permissions open."""
    return [_section(ctx, kind) for kind in KINDS if any(ctx.actor.may(permission) for permission in kind.permissions)]


def _section(ctx: Ctx, kind: Kind) -> Section:
    lines = list(kind.find(ctx))
    return Section(kind.title, lines[:SHOWN], len(lines) > SHOWN, kind.path, kind.door, kind.waits)


def _rows(ctx: Ctx, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    return ctx.session.execute(query.limit(SHOWN + 1)).all()


def _mine(ctx: Ctx) -> str:
    return ctx.actor.organisation_id or ""


# --- agency ---------------------------------------------------------------------------------------------------------


def _awards_to_accept(ctx: Ctx) -> Iterable[Line]:
    query = select(Award, Tender).join(Tender, Tender.id == Award.tender_id)
    mine = query.where(
        Award.agency_id == _mine(ctx), Award.live.is_(True), Award.accepted_at.is_(None), Award.ended_at.is_(None)
    )
    rows = _rows(ctx, mine.order_by(Award.awarded_at, Award.id))
    return [Line(f"awards/{t.number}", t.title, a.publicity_ends_at, "公示截止") for a, t in rows]


def _contracts_to_confirm_as_agency(ctx: Ctx) -> Iterable[Line]:
    query = select(Contract).where(Contract.agency_id == _mine(ctx), Contract.status == "pending")
    return _contracts(ctx, query.where(Contract.agency_confirmed_at.is_(None)))


def _contracts(ctx: Ctx, query: Select[*tuple[Any, ...]]) -> list[Line]:
    rows = _rows(ctx, query.order_by(Contract.id))
    return [Line(f"desk/contracts/{contract.id}", contract.title, contract.drawn_at) for (contract,) in rows]


def _deliverables_due(ctx: Ctx) -> Iterable[Line]:
    query = select(Milestone, Contract).join(Contract, Contract.id == Milestone.contract_id)
    mine = query.where(Contract.agency_id == _mine(ctx), Contract.status == "active", Milestone.status.in_(TO_DELIVER))
    return _milestones(_rows(ctx, mine.order_by(Milestone.due_at, Milestone.id)))


def _milestones(rows: Sequence[Any]) -> list[Line]:
    return [Line(f"desk/contracts/{c.id}", f"{c.title}：{m.title}", m.due_at, "期限") for m, c in rows]


def _reviews_to_answer(ctx: Ctx) -> Iterable[Line]:
    query = select(Review, Contract).join(Contract, Contract.id == Review.contract_id)
    mine = query.where(Review.agency_id == _mine(ctx), Review.replied_at.is_(None), Review.reply_due_at > ctx.now)
    rows = _rows(ctx, mine.order_by(Review.reply_due_at, Review.id))
    return [Line(f"agency/reviews/{review.id}", c.title, review.reply_due_at, "期限") for review, c in rows]


def _complaints_to_answer(ctx: Ctx) -> Iterable[Line]:
    query = select(Complaint).where(Complaint.agency_id == _mine(ctx), Complaint.state == "accepted")
    open_now = query.where(Complaint.answered_at.is_(None), Complaint.answer_due_at > ctx.now)
    rows = _rows(ctx, open_now.order_by(Complaint.answer_due_at, Complaint.id))
    return [Line(f"agency/complaints/{c.id}", c.number, c.answer_due_at, "期限") for (c,) in rows]


def _low_prices_to_explain(ctx: Ctx) -> Iterable[Line]:
    owed = ctx.session.scalars(asking.explanations_owed(_mine(ctx)).limit(SHOWN + 1))
    return [
        Line(f"agency/offers/{row.offer_id}/explanation", "报价异常低，须书面说明", row.due_at, "期限") for row in owed
    ]


def _plans_to_score(ctx: Ctx) -> Iterable[Line]:
    seats = asking.seats_of(ctx, ctx.actor.login_id or "")
    waiting = [tender for row, tender in seats if tender.stage == "scoring" and row.status in {"asked", "declared"}]
    return [Line(f"assessor/tenders/{t.number}", t.title, t.asked_until, "期限") for t in waiting]


def _papers_expiring(ctx: Ctx) -> Iterable[Line]:
    soon = expiring(ctx, _mine(ctx)) if "agency" in ctx.actor.roles else []
    return [Line("agency/qualifications", f"{w.qualification.title}（{w.qualification.valid_to}）") for w in soon]


def _tenders_that_fit(ctx: Ctx) -> Iterable[Line]:
    held = select(ServiceScope.item_code).where(ServiceScope.agency_id == _mine(ctx))
    fit = select(Tender).where(Tender.stage == "open", Tender.closes_at > ctx.now, Tender.item_code.in_(held))
    rows = _rows(ctx, fit.order_by(Tender.closes_at, Tender.id))
    return [Line(f"tenders/{t.number}", t.title, t.closes_at, "报名截止") for (t,) in rows]


def _auctions_to_attend(ctx: Ctx) -> Iterable[Line]:
    rooms = own_rooms(ctx, _mine(ctx))
    return [Line(f"auctions/{room.number}/seat", room.number, room.starts_at, "竞价开始") for room in rooms]


def _bids_to_confirm(ctx: Ctx) -> Iterable[Line]:
    stale = [bid for bid in my_open_bids(ctx, _mine(ctx)) if bid.stale and bid.tender.stage == "open"]
    return [
        Line(f"tenders/{b.tender.number}/bid/confirm", b.tender.title, b.tender.closes_at, "报名截止") for b in stale
    ]


# --- buyer and department -----------------------------------------------------------------------------------------


def _questions_to_answer(ctx: Ctx) -> Iterable[Line]:
    rows = _rows(ctx, unanswered(_mine(ctx)).order_by(Clarification.due_at, Clarification.id))
    return [Line(f"buyer/questions/{q.id}", q.question[:40], q.due_at, "期限") for (q,) in rows]


def _tenders_in(*stages: str) -> Callable[[Ctx], Iterable[Line]]:
    def find(ctx: Ctx) -> list[Line]:
        query = select(Tender).where(Tender.buyer_id == _mine(ctx), Tender.stage.in_(stages)).order_by(Tender.id.desc())
        return [Line(f"buyer/tenders/{t.number}", t.title, t.closes_at or t.created_at) for (t,) in _rows(ctx, query)]

    return find


def _contracts_to_draw(ctx: Ctx) -> Iterable[Line]:
    query = select(Award, Tender).join(Tender, Tender.id == Award.tender_id)
    drawn = exists().where(Contract.award_id == Award.id)
    mine = query.where(Tender.buyer_id == _mine(ctx), Award.live.is_(True), Award.status == "active", ~drawn)
    rows = _rows(ctx, mine.order_by(Award.sign_due_at, Award.id))
    return [Line(f"awards/{t.number}/contract/new", t.title, a.sign_due_at, "期限") for a, t in rows]


def _contracts_to_confirm_as_buyer(ctx: Ctx) -> Iterable[Line]:
    query = select(Contract).where(Contract.buyer_id == _mine(ctx), Contract.status.in_(("pending", "returned")))
    return _contracts(ctx, query.where(or_(Contract.buyer_confirmed_at.is_(None), Contract.status == "returned")))


def _to_accept(ctx: Ctx) -> Iterable[Line]:
    query = select(Milestone, Contract).join(Contract, Contract.id == Milestone.contract_id)
    mine = query.where(Contract.buyer_id == _mine(ctx), Milestone.status == "delivered")
    rows = _rows(ctx, mine.order_by(Milestone.acceptance_due_at, Milestone.id))
    return [Line(f"desk/contracts/{c.id}", f"{c.title}：{m.title}", m.acceptance_due_at, "期限") for m, c in rows]


def _to_review(ctx: Ctx) -> Iterable[Line]:
    written = exists().where(Review.contract_id == Contract.id)
    silent = exists().where(Silence.contract_id == Contract.id)
    done = select(Contract).where(Contract.buyer_id == _mine(ctx), Contract.status == "complete", ~written, ~silent)
    rows = _rows(ctx, done.order_by(Contract.review_due_at, Contract.id))
    return [Line(f"buyer/contracts/{c.id}/review", c.title, c.review_due_at, "期限") for (c,) in rows]


# --- authority, operator, auditor ---------------------------------------------------------------------------------


def _complaints(ctx: Ctx) -> Iterable[Line]:
    query = select(Complaint).where(Complaint.state.in_(("filed", "accepted"))).order_by(Complaint.due_at, Complaint.id)
    return [
        Line(f"regulator/complaints/{c.id}", f"{c.number}　{c.about_number}", c.due_at, "期限")
        for (c,) in _rows(ctx, query)
    ]


def _exit_cases(ctx: Ctx) -> Iterable[Line]:
    query = select(ExitCase, Agency).join(Agency, Agency.id == ExitCase.agency_id)
    open_now = query.where(ExitCase.state.in_(OPEN_CASES)).order_by(ExitCase.decide_due, ExitCase.id)
    rows = _rows(ctx, open_now)
    return [Line(f"regulator/cases/{c.id}", f"{c.number}　{a.name}", c.decide_due, "期限") for c, a in rows]


def _appeals(ctx: Ctx) -> Iterable[Line]:
    query = select(Appeal).where(Appeal.status == "pending").order_by(Appeal.due_at, Appeal.id)
    return [Line(f"regulator/appeals/{a.id}", a.reason, a.due_at, "期限") for (a,) in _rows(ctx, query)]


def _entries_to_check(ctx: Ctx) -> Iterable[Line]:
    rows = _rows(ctx, after_checks())
    return [Line(f"ops/checks/{agency.uscc}", agency.name, agency.check_due_at, "期限") for (agency,) in rows]


def _envelopes_to_open(ctx: Ctx) -> Iterable[Line]:
    for keeper in sorted(keepers_of(ctx.actor.roles)):
        for tender, waits in duties(ctx, keeper)[: SHOWN + 1]:
            yield Line(f"keeper/{tender.number}", f"{t(waits)}：{tender.title}", tender.closes_at, "报名截止")


def _failed_deadlines(ctx: Ctx) -> Iterable[Line]:
    query = (
        select(Deadline).where(Deadline.done_at.is_(None), Deadline.tries > 0).order_by(Deadline.due_at, Deadline.id)
    )
    return [Line("", f"{d.kind}　{d.subject}", d.due_at) for (d,) in _rows(ctx, query)]


def _sealed(ctx: Ctx) -> Iterable[Line]:
    head = latest_head(ctx)
    return [] if head is None else [Line("log", head.root, head.at)]


def _kind(permissions: str, title: str, find: Callable[[Ctx], Iterable[Line]], *door: str, waits: bool = True) -> Kind:
    path, name = door or ("", "")
    return Kind(frozenset(permissions.split()), title, find, path, name, waits)


KINDS: tuple[Kind, ...] = (
    _kind("award.accept", "待接受的中选", _awards_to_accept),
    _kind("bid.place", "待确认的报价（公告已变更）", _bids_to_confirm),
    _kind("bid.place", "要参加的网上竞价", _auctions_to_attend, "auctions", "竞价安排"),
    _kind("contract.deliver", "待确认的合同", _contracts_to_confirm_as_agency),
    _kind("contract.deliver", "待提交的成果", _deliverables_due),
    _kind("review.reply", "待答复的评价", _reviews_to_answer),
    _kind("agency.edit", "待答复的投诉", _complaints_to_answer, "agency/cases", "本机构的案件"),
    _kind("bid.place", "待提交的低价说明", _low_prices_to_explain),
    _kind("objection.file", "逾期未获答复、可以投诉的异议", objections.to_take_further),
    _kind("tender.score", "待完成的评审", _plans_to_score, "assessor", "我的评审"),
    _kind("agency.edit", "即将到期的资质", _papers_expiring),
    _kind("bid.place", "符合服务范围的采购公告", _tenders_that_fit, "agency/bids", "我的报价", waits=False),
    _kind("tender.draft", "未发布的草稿", _tenders_in("draft"), "buyer", "采购管理"),
    _kind("tender.publish", "正在报名", _tenders_in("open"), waits=False),
    _kind("tender.publish", "公示与待确认", _tenders_in("closed", "opened", *ASKING, "publicity", "confirming")),
    _kind("tender.publish", "待答复的提问", _questions_to_answer),
    _kind("tender.publish", "待答复的异议", objections.to_answer),
    _kind("contract.draw", "待起草的合同", _contracts_to_draw),
    _kind("contract.draw", "待确认的合同", _contracts_to_confirm_as_buyer),
    _kind("delivery.accept", "待验收的成果", _to_accept),
    _kind("review.write", "待评价的服务", _to_review),
    _kind("payment.make", "待提交的支付", money.payments_in("draft", "held")),
    _kind("payment.approve", "待批准的支付", money.payments_in("submitted")),
    _kind("collection.pay", "待付款", money.dues, "buyer/payments", "企业付款"),
    _kind("reconcile.write", "未处理的对账差异", money.breaks, "finance/breaks", "对账差异"),
    _kind("collection.allocate", "待认领的款项", money.receipts, "finance/receipts", "待认领款"),
    _kind("reconcile.approve", "未关账的账单日", money.days, "finance/days", "对账"),
    _kind("complaint.decide", "待处理的投诉", _complaints),
    _kind("complaint.decide", "业主逾期未答复的异议", objections.unanswered),
    _kind("exit.decide", "待决定的清退案件", _exit_cases),
    _kind("credit.write", "待决定的申诉", _appeals),
    _kind("agency.check", "待抽查的入驻机构", _entries_to_check, "ops/checks", "入驻抽查"),
    _kind("share.hand_in", "等待本单位开启的报价", _envelopes_to_open, "keeper", "密钥保管"),
    _kind("operations.read", "办理失败的期限", _failed_deadlines),
    _kind("audit.read", "最近一次封存", _sealed, waits=False),
)
