"""低价说明: an abnormally low quote is explained in writing and judged, or it is void."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection.quotes import is_below
from marketplace.tenders import queries
from marketplace.tenders.errors import ReasonMissing, TenderNotFound
from marketplace.tenders.errors.weighing import ExplanationClosed, ExplanationDecidedAlready, ExplanationNotFound
from marketplace.tenders.events.weighing import ExplanationAsked, ExplanationDecided, ExplanationGiven
from marketplace.tenders.models import Explanation, Offer, Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.service.sifting import candidate, exclude
from marketplace.tenders.service.steps import locked, locked_own, move, subject_of

DUE, JUDGE_DUE = "tender.explain_due", "tender.judge_due"
SILENT = "报价异常低，逾期未作书面说明，报价无效"
REFUSED = "报价异常低，说明不成立：{reason}"
TACIT = "项目业主逾期未提出异议，视为说明成立"


def ask(ctx: Ctx, tender: Tender, valid: Sequence[Offer]) -> bool:
    """Ask every abnormally low bidder for a written explanation, once; whether the tender now waits for them.

    Source: rulebook low_price.explain_below_pct, low_price.explain_workdays.
    """
    book = queries.rules_for(ctx, tender)
    costs, pct = [candidate(offer).cost for offer in valid], book["low_price.explain_below_pct"]
    if not is_below(min(costs), costs, pct):  # as nearly always
        return False
    low = [offer for offer, cost in zip(valid, costs, strict=True) if is_below(cost, costs, pct)]
    if asking.explanations(ctx, tender.id):
        return False
    move(tender, "ask_explanation")
    due = rulebook.add_workdays(ctx, ctx.now, book["low_price.explain_workdays"])
    for offer in low:
        row = Explanation(
            id=ctx.new_id(),
            tender_id=tender.id,
            offer_id=offer.id,
            agency_id=offer.agency_id,
            status="asked",
            asked_at=ctx.now,
            due_at=due,
            text="",
            reason="",
        )
        gathering.add_last(ctx.session, row)  # it points to the offer
    ctx.promise(DUE, tender.id, due)
    names = [offer.agency_name for offer in low]
    ctx.record(ExplanationAsked(subject_of(tender), tender.number, names, due.isoformat()))
    ctx.send("tender.explanation_asked", {"tender_id": tender.id, "number": tender.number, "due_at": due.isoformat()})
    return True


def explain_price(ctx: Ctx, offer_id: str, *, text: str) -> Explanation:
    """The agency explains its low quote in writing, once, before the time is up.

    Raises ReasonMissing, ExplanationNotFound for anybody else's, ExplanationClosed, WrongState, NotPermitted.
    """
    ctx.require("bid.place")
    if not text.strip():
        raise ReasonMissing(field="text")
    tender = locked(ctx, _row(ctx, offer_id).tender_id)
    row = _row(ctx, offer_id)
    if row.agency_id != ctx.actor.organisation_id:
        raise ExplanationNotFound
    move(tender, "explain")
    if row.status != "asked" or ctx.now >= row.due_at:
        raise ExplanationClosed
    row.status, row.text, row.given_at = "given", text, ctx.now
    ctx.session.flush()
    ctx.record(ExplanationGiven(subject_of(tender), tender.number, queries.offer(ctx, offer_id).agency_name))
    ctx.promise("tender.award", tender.id, ctx.now)
    return row


def judge_explanation(ctx: Ctx, offer_id: str, *, accepted: bool, reason: str) -> Explanation:
    """The buyer accepts or refuses an explanation, with a published reason; refused, the quote is void.

    Raises ReasonMissing, ExplanationNotFound for anybody else's, ExplanationDecidedAlready, WrongState, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    try:
        tender = locked_own(ctx, _row(ctx, offer_id).tender_id)
    except TenderNotFound:
        raise ExplanationNotFound from None
    row = _row(ctx, offer_id)
    move(tender, "judge")
    if row.status != "given":
        raise ExplanationDecidedAlready
    _decide(ctx, tender, row, "accepted" if accepted else "refused", reason)
    ctx.promise("tender.award", tender.id, ctx.now)
    return row


def is_settled(ctx: Ctx, tender: Tender) -> bool:
    """Whether every explanation is decided. Silence at the agency's end voids; silence at the buyer's end accepts.

    Source: rulebook low_price.judge_workdays.
    """
    rows = asking.explanations(ctx, tender.id)
    for row in rows:
        if row.status == "asked" and ctx.now >= row.due_at:
            _decide(ctx, tender, row, "silent", SILENT)
    if any(row.status == "asked" for row in rows):
        return False
    given = [row for row in rows if row.status == "given"]
    if not given:
        return True
    days = queries.rules_for(ctx, tender)["low_price.judge_workdays"]
    due = rulebook.add_workdays(ctx, max(row.given_at or row.due_at for row in given), days)
    if ctx.now < due:
        ctx.promise(JUDGE_DUE, tender.id, due)
        return False
    for row in given:
        _decide(ctx, tender, row, "accepted", TACIT)
    return True


def _row(ctx: Ctx, offer_id: str) -> Explanation:
    wanted = select(Explanation).where(Explanation.offer_id == offer_id)
    found = ctx.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise ExplanationNotFound
    return found


def _decide(ctx: Ctx, tender: Tender, row: Explanation, status: str, reason: str) -> None:
    row.status, row.reason = status, reason
    row.decided_at, row.decided_by = ctx.now, ctx.actor.login_id or ctx.actor.kind
    ctx.session.flush()
    offer = queries.offer(ctx, row.offer_id)
    ctx.record(ExplanationDecided(subject_of(tender), tender.number, offer.agency_name, status, reason))
    if status != "accepted":
        words = reason if status == "silent" else REFUSED.format(reason=reason)
        exclude(ctx, tender, offer, "low_price", words)
