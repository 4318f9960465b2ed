"""Our tenders as OCDS 1.1 releases: the mapping of our words to theirs, from the notice to the contract."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.selection import queries as selection
from marketplace.tenders import queries
from marketplace.tenders.models import Amendment, Award, Clarification, Offer, Tender
from marketplace.tenders.queries import changes
from marketplace.tenders.rules.changing import LABELS

_EXTENSIONS = "https://raw.githubusercontent.com/open-contracting-extensions/"
BIDS = f"{_EXTENSIONS}ocds_bid_extension/v1.1.5/extension.json"
ENQUIRIES = f"{_EXTENSIONS}ocds_enquiry_extension/v1.1.3/extension.json"
CURRENCY = "CNY"
# Our method → procurementMethod; every other one is open.
METHODS = {"direct": "direct", "inquiry": "selective"}
# Theirs knows no word for a contract that was kept to its end: that, too, is terminated.
CONTRACTS = {"active": "active", "complete": "terminated", "terminated": "terminated"}
CRITERIA = {"lowest": "priceOnly", "bidding": "priceOnly", "average": "ratedCriteria", "merit": "ratedCriteria"}


def package(ctx: Ctx, tender: Tender, *, uri: str) -> dict[str, Any]:
    """A release package with the newest release of one published tender. uri: where it is read."""
    made = release(ctx, tender)
    used = {BIDS: "bids" in made, ENQUIRIES: "enquiries" in made["tender"]}
    return {
        "uri": uri,
        "version": "1.1",
        "extensions": [address for address, there in used.items() if there],
        "publishedDate": _date(ctx.now),
        "publisher": {"name": ctx.settings["MARKETPLACE_OPERATOR"]},
        "releases": [made],
    }


def release(ctx: Ctx, tender: Tender) -> dict[str, Any]:
    """The newest release of a published tender. Nothing of what is sealed is in it."""
    amendments = changes.amendments(ctx, tender.id)[::-1]
    asked, award = changes.clarifications(ctx, tender.id), queries.live_award(ctx, tender.id)
    contract = contracts.published_of(ctx, award.id) if award else None
    offers, buyer = queries.offers(ctx, tender.id), identity.organisation(ctx, tender.buyer_id)
    made: dict[str, Any] = {
        "ocid": f"{ctx.settings['MARKETPLACE_OCDS_PREFIX']}-{tender.number}",
        "date": _date(_newest(tender, amendments, asked, award, contract)),
        "tag": [tag for tag, there in _tags(tender, amendments, award, contract) if there],
        "initiationType": "tender",
        "language": "zh",
        "parties": _parties(ctx, tender, award, offers),
        "buyer": {"id": buyer.id, "name": buyer.name},
        "tender": _tender(ctx, tender, amendments, asked),
    }
    if offers:
        made["bids"] = {"details": [_bid(row) for row in offers]}
    if award is not None:
        made["awards"] = [_award(award, identity.organisation(ctx, award.agency_id).name)]
    if contract is not None:
        made["contracts"] = [_contract(contract)]
    return {**made, "id": f"{tender.number}-{made['date']}"}


def _tags(
    tender: Tender, amendments: Sequence[Amendment], award: Award | None, contract: Contract | None
) -> list[tuple[str, object]]:
    return [
        ("tender", True),
        ("tenderAmendment", amendments),
        ("tenderCancellation", tender.status == "cancelled"),
        ("award", award),
        ("contract", contract),
    ]


def _parties(ctx: Ctx, tender: Tender, award: Award | None, offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """The buyer, everybody whose bid was opened, and the winner; each once with all its roles."""
    roles = {tender.buyer_id: ["buyer", "procuringEntity"]}
    for offer in offers:
        if offer.agency_id:
            roles.setdefault(offer.agency_id, []).append("tenderer")
    if award is not None:
        roles.setdefault(award.agency_id, []).append("supplier")
    named = identity.organisations().where(Organisation.id.in_(roles))
    found = {row.id: row for row in ctx.session.scalars(named)}
    return [{**_party(id, found[id].name, found[id].uscc), "roles": own} for id, own in roles.items()]


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


def _bid(row: Offer) -> dict[str, Any]:
    """An opened bid; one that nobody could open has no bidder and no price."""
    made: dict[str, Any] = {"id": row.id, "date": _date(row.received_at)}
    made["status"] = "disqualified" if row.status == "excluded" else "valid"
    if row.reason:
        why = {"id": f"{row.id}-reason", "documentType": "evaluationReports", "title": "不予采用的理由"}
        made["documents"] = [{**why, "description": row.reason, "language": "zh"}]
    if row.agency_id:
        made["tenderers"] = [{"id": row.agency_id, "name": row.agency_name}]
    return {**made, "value": _value(row.price_fen)} if row.price_fen is not None else made


def _contract(row: Contract) -> dict[str, Any]:
    facts = {
        "id": row.number,
        "awardID": row.award_id,
        "title": row.title,
        "status": CONTRACTS[row.status],
        "period": _period(_midnight(row.starts_on), _midnight(row.ends_on)),
        "value": _value(row.amount_fen),
    }
    return {**facts, "dateSigned": _date(row.signed_at)} if row.signed_at else facts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _award(row: Award, supplier: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "date": _date(row.awarded_at),
        "value": _value(row.price_fen),
        "suppliers": [{"id": row.agency_id, "name": supplier}],
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
    tender: Tender,
    amendments: Iterable[Amendment],
    asked: Iterable[Clarification],
    award: Award | None,
    contract: Contract | None,
) -> datetime:
    moments = [tender.published_at, tender.opened_at, tender.completed_at]
    moments += [row.amended_at for row in amendments] + [row.answered_at or row.asked_at for row in asked]
    moments += [award.confirmed_at or award.awarded_at] if award else []
    moments += [contract.signed_at, contract.completed_at, contract.ended_at] if contract else []
    return max(at for at in moments if at is not None)
