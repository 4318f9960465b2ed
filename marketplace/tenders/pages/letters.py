"""中选通知书: the letter, its QR code, and checking one by its code."""

import segno
from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.tenders.errors import LetterNotFound
from marketplace.tenders.pages.doorway import award_of, door, field_errors
from marketplace.tenders.queries import letters
from marketplace.web.doors import public, render, see_other, unit_of_work


def qr(text: str) -> str:
    """A QR code as an SVG data address, so that the page needs no other file and prints sharply."""
    return str(segno.make(text, error="m").svg_data_uri(scale=3, border=2))


@door.get("/awards/<number>/letter")
@public
@unit_of_work
def letter(ctx: Ctx, number: str) -> str:
    """The letter of a confirmed award, to read or print."""
    tender, award = award_of(ctx, number)
    found = letters.letter(ctx, award.id)
    address = ctx.settings["MARKETPLACE_BASE_URL"].rstrip("/") + found.path
    return render("marketplace/tenders/letter.html", tender=tender, letter=found, address=address, qr=qr(address))


@door.get("/v")
@public
@unit_of_work
def verify(ctx: Ctx) -> ResponseReturnValue:
    """The form for a check code; a typed code leads to its own address."""
    code = request.args.get("code", "").strip()
    if not code:
        return render("marketplace/tenders/verify.html", form={}, errors={}, letter=None)
    try:
        found = letters.letter_by_code(ctx, code)
    except LetterNotFound as refusal:
        refusal.field = "code"
        errors = field_errors(refusal)
        return render("marketplace/tenders/verify.html", form=request.args, errors=errors, letter=None), 404
    return see_other(url_for("marketplace_tenders.verified", code=found.check_code))


@door.get("/v/<code>")
@public
@unit_of_work
def verified(ctx: Ctx, code: str) -> ResponseReturnValue:
    """What the market itself says about the letter with this code: the facts, not the file."""
    try:
        found = letters.letter_by_code(ctx, code)
    except LetterNotFound as refusal:
        refusal.field = "code"
        errors = field_errors(refusal)
        return render("marketplace/tenders/verify.html", form={"code": code}, errors=errors, letter=None), 404
    return render("marketplace/tenders/verify.html", form={}, errors={}, letter=found)
