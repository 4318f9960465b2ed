"""Our tenders as OCDS 1.1 releases: the mapping of our words to theirs, with questions, changes and awards."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx
from marketplace.selection import queries as selection
from marketplace.tenders import queries
from marketplace.tenders.models import Amendment, Award, Clarification, Tender
from marketplace.tenders.queries import changes
from marketplace.tenders.rules.changing import LABELS

# Until the market has registered a prefix of its own with the Open Contracting Partnership.
PREFIX = "ocds-000000"
CURRENCY = "CNY"
# Our method → procurementMethod; every other one is open.
METHODS = {"direct": "direct", "inquiry": "selective"}
CRITERIA = {"lowest": "priceOnly", "bidding": "priceOnly", "average": "ratedCriteria", "merit": "ratedCriteria"}


def package(ctx: Ctx, tender: Tender, *, uri: str) -> dict[str, Any]:
    """A release package with the newest release of one published tender. uri: where it is read."""
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": _date(ctx.now),
        "publisher": {"name": ctx.settings["MARKETPLACE_OPERATOR"]},
        "releases": [release(ctx, tender)],
    }


def release(ctx: Ctx, tender: Tender) -> dict[str, Any]:
    """The newest release of a published tender. Nothing of what is sealed is in it."""
    amendments = changes.amendments(ctx, tender.id)[::-1]
    asked, award = changes.clarifications(ctx, tender.id), queries.live_award(ctx, tender.id)
    buyer = identity.organisation(ctx, tender.buyer_id)
    parties = [{**_party(buyer.id, buyer.name, buyer.uscc), "roles": ["buyer", "procuringEntity"]}]
    made: dict[str, Any] = {
        "ocid": f"{PREFIX}-{tender.number}",
        "date": _date(_newest(tender, amendments, asked, award)),
        "tag": ["tender", *(["tenderAmendment"] if amendments else []), *(["award"] if award else [])],
        "initiationType": "tender",
        "language": "zh",
        "buyer": {"id": buyer.id, "name": buyer.name},
        "tender": _tender(ctx, tender, amendments, asked),
    }
    if award is not None:
        winner = identity.organisation(ctx, award.agency_id)
        parties.append({**_party(winner.id, winner.name, winner.uscc), "roles": ["supplier"]})
        made["awards"] = [_award(award, winner.id, winner.name)]
    return {**made, "id": f"{tender.number}-{made['date']}", "parties": parties}


def _tender(
    ctx: Ctx, tender: Tender, amendments: Sequence[Amendment], asked: Sequence[Clarification]
) -> dict[str, Any]:
    until = changes.clarify_until(ctx, tender)
    facts: dict[str, Any] = {
        "id": tender.number,
        "title": tender.title,
        "description": tender.content,
        "status": tender.status,
        "procurementMethod": METHODS.get(tender.method, "open"),
        "procurementMethodDetails": selection.method(ctx, tender.method).label,
        "mainProcurementCategory": "services",
        "value": _value(tender.ceiling_fen),
        "tenderPeriod": _period(tender.published_at, tender.closes_at),
        "enquiryPeriod": _period(tender.published_at, until),
        "hasEnquiries": bool(asked),
        "enquiries": [_enquiry(row) for row in asked],
        "amendments": [_amendment(row) for row in amendments],
    }
    if tender.method in CRITERIA:
        facts["awardCriteria"] = CRITERIA[tender.method]
    return {name: value for name, value in facts.items() if value not in (None, [])}


def _enquiry(row: Clarification) -> dict[str, Any]:
    """A question without its asker, whom nobody knows."""
    made = {"id": row.id, "date": _date(row.asked_at), "description": row.question}
    return {**made, "answer": row.answer, "dateAnswered": _date(row.answered_at)} if row.answered_at else made


def _amendment(row: Amendment) -> dict[str, Any]:
    return {
        "id": str(row.version),
        "date": _date(row.amended_at),
        "rationale": row.reason,
        "description": "；".join(f"{LABELS[one['field']]}：{one['before']} → {one['after']}" for one in row.changes),
    }


def _award(row: Award, supplier_id: str, supplier: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "date": _date(row.awarded_at),
        "value": _value(row.price_fen),
        "suppliers": [{"id": supplier_id, "name": supplier}],
    }


def _party(id: str, name: str, uscc: str) -> dict[str, Any]:
    return {"id": id, "name": name, "identifier": {"id": uscc, "legalName": name}}


def _value(fen: int) -> dict[str, Any]:
    """Their amounts are numbers of the currency's unit: exact to the fen below 90 trillion yuan."""
    whole, rest = divmod(fen, 100)
    return {"amount": whole + rest / 100 if rest else whole, "currency": CURRENCY}


def _period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    return {name: _date(at) for name, at in (("startDate", start), ("endDate", end)) if at is not None}


def _date(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _newest(
    tender: Tender, amendments: Iterable[Amendment], asked: Iterable[Clarification], award: Award | None
) -> datetime:
    moments = [tender.published_at, tender.opened_at, tender.completed_at]
    moments += [row.amended_at for row in amendments] + [row.answered_at or row.asked_at for row in asked]
    moments += [award.confirmed_at or award.awarded_at] if award else []
    return max(at for at in moments if at is not None)
