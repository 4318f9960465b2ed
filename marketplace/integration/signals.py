"""Signals for a host (blinker), sent by the worker after the change has been committed; at least once each."""

from collections.abc import Mapping
from typing import Any

from blinker import Namespace

namespace = Namespace()

# topic → when it is sent and what it carries; docs/embedding.md shows this table
TOPICS: Mapping[str, str] = {
    "tender.published": "A notice went out: tender_id, number, title.",
    "tender.extended": "Sign-up was prolonged once: tender_id, number, closes_at.",
    "tender.failed": "A tender failed (流标): tender_id, number, reason.",
    "tender.cancelled": "The buyer took a notice back: tender_id, number, reason, kind.",
    "tender.amended": "An open notice was changed: tender_id, number, version, effect (on the bids already made).",
    "tender.asked": "Somebody asked about an open notice; not who: tender_id, number, clarification_id.",
    "tender.clarified": "A question was answered for all: tender_id, number, clarification_id.",
    "tender.answer_overdue": "A question is past its time for an answer: tender_id, number, clarification_id.",
    "tender.invited": "Agencies were drawn and invited to an inquiry: tender_id, number.",
    "tender.shares_awaited": "Sign-up is over, shares of the key are missing: tender_id, number, keepers (waited for).",
    "tender.shares_overdue": "The time to hand in shares has passed: tender_id, number, keepers (who is missing).",
    "tender.explanation_asked": "A low quote must be explained; not whose: tender_id, number, due_at.",
    "tender.scores_asked": "Assessors are asked to score: tender_id, number.",
    "tender.assessor_recused": "An assessor declared a conflict and gave up the seat: tender_id, number.",
    "tender.comparison_asked": "The buyer is to compare the offers and name one: tender_id, number.",
    "auction.key_awaited": "A sealed stage ended and the key of its room is away: tender_id, number, void_at.",
    "auction.scheduled": "An auction room has its time: tender_id, number, starts_at.",
    "tender.awarded": "An award was proposed and its publicity runs: tender_id, number, award_id.",
    "tender.objection_overdue": "An objection waits too long: tender_id, number, objection_id, buyer_id, what.",
    "tender.confirmed": "An award was confirmed and the letter can be printed: tender_id, number, award_id.",
    "notice.exit_case": "An agency was given notice of an exit case: organisation_id, number, rule, until.",
    "notice.exit_decided": "An exit case was decided: organisation_id, number, decision.",
    "payment.paid": "Money arrived at the payee: order_id, number, amount_fen.",
    "payment.refused": "The gateway refused for certain: order_id, number, amount_fen.",
    "payment.returned": "A payment came back: order_id, number, amount_fen.",
    "payment.unknown": "The outcome of a payment is unknown and is being asked about: order_id, number, amount_fen.",
    "payment.accepted": "The gateway has taken a payment and is working on it: order_id, number, amount_fen.",
    "payment.reminder": "An amount comes due, is due or overdue: payer_id, contract (its number), unpaid_fen, stage.",
    "collection.paid": "An enterprise paid an agency by code or page: number, amount_fen.",
    "budget.year_end": "A year of a department is not sealed: department_id, fiscal_year, days_left (below 0: late).",
}


def deliver(topic: str, payload: Mapping[str, Any]) -> None:
    """Send one message to whoever listens. A listener that raises gets it again later."""
    namespace.signal(f"marketplace.{topic}").send("marketplace", **payload)
