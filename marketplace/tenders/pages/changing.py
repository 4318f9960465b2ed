"""Changing an open notice, confirming a bid for it, asking and answering, ending and reposting."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.tenders import queries, rules, service
from marketplace.tenders.errors import BidNotFound
from marketplace.tenders.models import Amendment, Clarification, Tender
from marketplace.tenders.pages import doorway
from marketplace.tenders.pages.doorway import as_form, diff, door, field_errors, to_receipt
from marketplace.tenders.queries import changes
from marketplace.tenders.rules import changing
from marketplace.tenders.schemas.changes import AmendmentForm, AnswerIn, QuestionIn, TenderCancelIn
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t

Errors = dict[str, list[str]]


def _own(ctx: Ctx, number: str) -> Tender:
    return queries.own(ctx, queries.by_number(ctx, number).id)


def _home(number: str, done: str) -> ResponseReturnValue:
    return see_other(url_for("marketplace_tenders.manage", number=number), done=done)


def _told(error: DomainError) -> Errors:
    error.field = error.field or "_"
    error.facts = {name: t(value) if isinstance(value, str) else value for name, value in error.facts.items()}
    return field_errors(error)


class _OnlyTried(Exception):
    """Undoes what was done to see what it would do."""


# --- amendments -------------------------------------------------------------------------------------------------------


@door.get("/buyer/tenders/<number>/amend")
@requires("tender.publish")
@unit_of_work
def amending(ctx: Ctx, number: str) -> str:
    """The notice as it is, to be changed."""
    tender = _own(ctx, number)
    names = [name for name in AmendmentForm().fields if name not in {"reason", "closes_at"}]
    return _amend_page(ctx, tender, as_form({name: getattr(tender, name) for name in names}, names), {})


def _amend_page(ctx: Ctx, tender: Tender, form: Mapping[str, str], errors: Errors) -> str:
    methods = [(code, words) for code, words in doorway.methods(ctx) if code in changing.INTERCHANGEABLE]
    if tender.method not in changing.INTERCHANGEABLE:
        methods = []
    days = queries.rules_for(ctx, tender)["posting.change_extends_workdays"]
    facts = {"tender": tender, "methods": methods, "days": days, "form": form, "errors": errors}
    return render("marketplace/tenders/amend.html", **facts)


@door.post("/buyer/tenders/<number>/amend")
@requires("tender.publish")
@unit_of_work
def amend(ctx: Ctx, number: str) -> ResponseReturnValue:
    """First show the difference and what becomes of sealed bids, then publish it. ?step=publish publishes."""
    tender = _own(ctx, number)
    posted = {name: request.form.get(name, "") for name in AmendmentForm().fields}
    data, errors = form_of(AmendmentForm, posted)
    if errors:
        return _amend_page(ctx, tender, posted, errors), 422
    try:
        if request.form.get("step") == "publish":
            service.amend(ctx, tender.id, **data)
            return _home(number, "amended")
        return _check_page(ctx, tender, posted, data)
    except DomainError as error:
        ctx.session.expire_all()
        return _amend_page(ctx, _own(ctx, number), posted, _told(error)), 422


def _check_page(ctx: Ctx, tender: Tender, posted: Mapping[str, str], data: dict[str, Any]) -> str:
    """What the change would be, found by making it and taking it back in a savepoint."""
    tried: list[Amendment] = []
    try:
        with ctx.session.begin_nested():
            tried.append(service.amend(ctx, tender.id, **data))
            ctx.session.flush()
            shown = {name: getattr(tried[0], name) for name in ("changes", "effect", "closes_at", "reason", "version")}
            raise _OnlyTried  # noqa: TRY301 - leaving the savepoint by an exception undoes it
    except _OnlyTried:
        ctx.session.expire_all()
    return render(
        "marketplace/tenders/amend_check.html", tender=_own(ctx, tender.number), amendment=shown, form=posted, diff=diff
    )


@door.get("/tenders/<number>/bid/confirm")
@requires("bid.place")
@unit_of_work
def confirming_bid(ctx: Ctx, number: str) -> str:
    """What changed since one's own bid was sealed, and what the bid is worth now."""
    tender = queries.by_number(ctx, number)
    mine = queries.my_bid(ctx, tender.id, ctx.actor.organisation_id or "")
    if mine is None:
        raise BidNotFound
    facts = {
        "worth": changes.standing(ctx, tender, mine.notice_version),
        "amendments": changes.amendments_after(ctx, tender.id, mine.notice_version),
        "open": tender.stage == "open" and tender.closes_at is not None and tender.closes_at > ctx.now,
    }
    return render("marketplace/tenders/bid_confirm.html", tender=tender, mine=mine, diff=diff, **facts)


@door.post("/tenders/<number>/bid/confirm")
@requires("bid.place")
@unit_of_work
def confirm_bid(ctx: Ctx, number: str) -> ResponseReturnValue:
    """One step: the sealed bid counts for the notice that was shown."""
    tender = queries.by_number(ctx, number)
    version = request.form.get("notice_version", "")
    shown = int(version) if version.isascii() and version.isdigit() and len(version) < 7 else 0
    given = service.confirm_bid(ctx, tender.id, notice_version=shown, digest=request.form.get("digest") or None)
    return to_receipt(number, given, "bid_confirmed")


# --- questions --------------------------------------------------------------------------------------------------------


@door.get("/tenders/<number>/ask")
@requires("bid.place")
@unit_of_work
def asking(ctx: Ctx, number: str) -> str:
    """The form for a question."""
    return _ask_page(ctx, queries.by_number(ctx, number), {}, {})


def _ask_page(ctx: Ctx, tender: Tender, form: Mapping[str, str], errors: Errors) -> str:
    until = changes.clarify_until(ctx, tender)
    return render("marketplace/tenders/ask.html", tender=tender, until=until, form=form, errors=errors)


@door.post("/tenders/<number>/ask")
@requires("bid.place")
@unit_of_work
def ask(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Put the question; nobody learns who asks."""
    tender = queries.by_number(ctx, number)
    data, errors = form_of(QuestionIn, request.form)
    if not errors:
        try:
            service.ask(ctx, tender.id, **data)
        except DomainError as error:
            errors = _told(error)
        else:
            return see_other(url_for("marketplace_tenders.notice", number=number), done="asked")
    return _ask_page(ctx, tender, request.form, errors), 422


@door.get("/buyer/questions/<clarification_id>")
@requires("tender.publish")
@unit_of_work
def answering(ctx: Ctx, clarification_id: str) -> str:
    """One question to the buyer."""
    return _answer_page(ctx, changes.clarification(ctx, clarification_id), {}, {})


def _answer_page(ctx: Ctx, row: Clarification, form: Mapping[str, str], errors: Errors) -> str:
    tender = queries.own(ctx, row.tender_id)
    return render("marketplace/tenders/answer.html", tender=tender, clarification=row, form=form, errors=errors)


@door.post("/buyer/questions/<clarification_id>")
@requires("tender.publish")
@unit_of_work
def answer(ctx: Ctx, clarification_id: str) -> ResponseReturnValue:
    """Answer to everybody."""
    row = changes.clarification(ctx, clarification_id)
    data, errors = form_of(AnswerIn, request.form)
    if not errors:
        try:
            service.answer(ctx, row.id, **data)
        except DomainError as error:
            errors = _told(error)
        else:
            return _home(queries.tender(ctx, row.tender_id).number, "answered")
    return _answer_page(ctx, row, request.form, errors), 422


# --- ends -------------------------------------------------------------------------------------------------------------


@door.get("/buyer/tenders/<number>/cancel")
@requires("tender.cancel")
@unit_of_work
def cancelling(ctx: Ctx, number: str) -> str:
    """One page for one grave decision."""
    return _cancel_page(_own(ctx, number), {}, {})


def _cancel_page(tender: Tender, form: Mapping[str, str], errors: Errors) -> str:
    kinds = [
        (code, t(changing.KIND_LABELS[code]), t(KINDS[code]))
        for code, stages in changing.CANCEL_KINDS.items()
        if tender.stage in stages
    ]
    return render("marketplace/tenders/cancel.html", tender=tender, kinds=kinds, form=form, errors=errors)


KINDS = {
    changing.VOID: "公告内容自始有误，本次采购不算数",
    changing.ABANDONED: "情况变化，不再采购",
    changing.REPOSTED: "结束本公告，按原内容生成新的草稿，修改后重新发布",
}


@door.post("/buyer/tenders/<number>/cancel")
@requires("tender.cancel")
@unit_of_work
def cancel(ctx: Ctx, number: str) -> ResponseReturnValue:
    """End the tender for a published reason; reposting leads on to the new draft."""
    tender = _own(ctx, number)
    data, errors = form_of(TenderCancelIn, request.form)
    if not errors:
        try:
            if data["kind"] == changing.REPOSTED:
                return _reposted(service.repost(ctx, tender.id, reason=data["reason"]))
            service.cancel(ctx, tender.id, **data)
        except DomainError as error:
            errors = _told(error)
        else:
            return see_other(url_for("marketplace_tenders.board"), done="cancelled")
    return _cancel_page(tender, request.form, errors), 422


def _reposted(new: Tender) -> ResponseReturnValue:
    return see_other(url_for("marketplace_tenders.check_draft", number=new.number), done="reposted")


@door.post("/buyer/tenders/<number>/repost")
@requires("tender.draft")
@unit_of_work
def repost(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Begin a new draft in place of a tender that has ended already."""
    tender = _own(ctx, number)
    rules.STATES.move(tender.stage, "repost")
    return _reposted(service.repost(ctx, tender.id, reason=tender.ended_reason or t("重新发布")))
