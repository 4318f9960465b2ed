"""HTML door of the auction rooms: schedule, room, seat, quote, what happened. Everything works without a script."""

from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import queries, rules, service
from marketplace.auctions.models import AuctionRoom
from marketplace.auctions.schemas import LABELS, QuoteIn
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.selection.quotes import percent
from marketplace.tenders import queries as tenders
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t

door = page_door("auctions", __name__)

RETRY_MS = 2000  # how soon a browser asks again where no rooms process holds the stream open
REFRESH_SECONDS = 5  # how often a page without a script asks again
DONE = {
    "quoted": "报价已收到并生效",
    "sealed": "密封报价已收到并加密，本阶段结束后开启；在此之前不能调阅，您自己也不能",
}


@door.get("/auctions")
@public
@unit_of_work
def schedule(ctx: Ctx) -> str:
    """竞价安排: rooms to come and running, and those that are over."""
    return render("marketplace/auctions/list.html", coming=queries.listed(ctx), past=queries.listed(ctx, past=True))


@door.get("/auctions/<number>")
@public
@unit_of_work
def room(ctx: Ctx, number: str) -> str:
    """The public room: numbers, never names."""
    row = queries.room(ctx, number)
    own = queries.seat_of(ctx, row, ctx.actor.organisation_id)
    return render("marketplace/auctions/room.html", view=None, has_seat=own is not None, **_about(ctx, row))


@door.get("/auctions/<number>/seat")
@requires("bid.place")
@unit_of_work
def seat(ctx: Ctx, number: str) -> str:
    """The room from one's own seat, with one big button when it is time."""
    row, view = queries.room(ctx, number), queries.my_view(ctx, number)
    done = t(DONE.get(request.args.get("done", ""), ""))
    given = request.args.get("receipt", "") if done else ""
    facts = {"view": view, "has_seat": True, "done": done, "given": given}
    return render("marketplace/auctions/room.html", **facts, **_about(ctx, row))


def _about(ctx: Ctx, row: AuctionRoom) -> dict[str, Any]:
    face = row.face
    stage = face["stage"]
    ends_at = datetime.fromisoformat(stage["ends_at"] if stage else face["starts_at"])
    left = max(0, int((ends_at - ctx.now).total_seconds()))
    tender = tenders.tender(ctx, row.tender_id)
    mine = ctx.actor.organisation_id == tender.buyer_id
    known = {"row": row, "face": face, "stage": stage, "ends_at": ends_at, "left": left, "words": _words()}
    return {**known, "tender": tender, "is_buyer": mine, "refresh": REFRESH_SECONDS, "rate": face["unit"] == rules.RATE}


def _words() -> dict[str, Any]:
    """What the script writes when a stage changes, in the reader's language."""
    said = {kind: {code: t(text) for code, text in LABELS[f"auction.{kind}"].items()} for kind in ("stage", "why")}
    return {**said, "round": t("第 {n} 轮，共 {all} 轮"), "turn": t("轮到 {n} 号")}


@door.get("/auctions/<number>/seat/quote")
@requires("bid.place")
@unit_of_work
def ask_quote(ctx: Ctx, number: str) -> str:
    """A form for a quote that is on none of the buttons."""
    return _ask(ctx, queries.room(ctx, number), queries.my_view(ctx, number), {}, {})


@door.post("/auctions/<number>/seat/check")
@requires("bid.place")
@unit_of_work
def check_quote(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Ask once more, in figures and capitals, and write nothing. By POST: a price in an address stays in logs."""
    row, view = queries.room(ctx, number), queries.my_view(ctx, number)
    data, errors = _typed()
    if not errors:
        errors = _refusal(ctx, number, data)
    if errors:
        return _ask(ctx, row, view, request.form, errors), 422
    return render("marketplace/auctions/check.html", view=view, quote=data, **_about(ctx, row))


def _typed() -> tuple[dict[str, Any], dict[str, list[str]]]:
    return form_of(QuoteIn, {name: request.form.get(name, "") for name in QuoteIn().fields})


def _refusal(ctx: Ctx, number: str, data: dict[str, Any]) -> dict[str, list[str]]:
    """What quoting would be refused for, without quoting. Raises refusals that belong to no field."""
    try:
        service.check_quote(ctx, number, **data)
    except DomainError as error:
        return _at_field(error)
    return {}


def _at_field(error: DomainError) -> dict[str, list[str]]:
    if error.field is None:
        raise error
    return {error.field: ["　".join(filter(None, (error.say(t), error.advise(t))))]}


def _ask(ctx: Ctx, row: AuctionRoom, view: queries.View, form: Any, errors: dict[str, list[str]]) -> str:
    known = {name: form[name] for name in form}
    if not known and view.limit is not None:
        known = (
            {"rate_bp": percent(view.limit)} if row.face["unit"] == rules.RATE else {"price_fen": _plain(view.limit)}
        )
    return render("marketplace/auctions/quote.html", view=view, form=known, errors=errors, **_about(ctx, row))


def _plain(fen: int) -> str:
    return yuan(fen).replace(",", "")


@door.post("/auctions/<number>/seat/quote")
@requires("bid.place")
@unit_of_work
def quote(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Quote. A quote that came too late, or that somebody undercut meanwhile, is refused with what would do now."""
    data, errors = _typed()
    if not errors:
        try:
            receipt = service.place_quote(ctx, number, **data)
        except DomainError as error:
            errors = _at_field(error)
    if errors:
        return _ask(ctx, queries.room(ctx, number), queries.my_view(ctx, number), request.form, errors), 422
    done = "sealed" if receipt["digest"] else "quoted"
    return see_other(url_for("marketplace_auctions.seat", number=number, receipt=receipt["leaf"]), done=done)


@door.get("/auctions/<number>/events")
@public
@unit_of_work
def events(ctx: Ctx, number: str) -> Response:
    """The state as one server-sent event; the browser asks again by itself. The rooms process holds it open instead."""
    body = rules.stream_event(queries.room(ctx, number).face, ctx.now, RETRY_MS)
    return Response(body, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


@door.get("/auctions/<number>/record")
@public
@unit_of_work
def record(ctx: Ctx, number: str) -> str:
    """What happened, stage by stage, with names; only after the end."""
    row, file = queries.room(ctx, number), queries.audit_file(ctx, number)
    names = {one["seat"]: one["agency"] for one in file["seats"]}
    return render("marketplace/auctions/record.html", file=file, names=names, at=_at, **_about(ctx, row))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
