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
    "tender.cancelled": "The buyer took a notice back: tender_id, number, reason.",
    "tender.awarded": "An award was proposed and its publicity runs: tender_id, number, award_id.",
    "tender.confirmed": "An award was confirmed and the letter can be printed: tender_id, number, award_id.",
    "notice.exit_case": "An agency was given notice of an exit case: organisation_id, number, rule, defence_due.",
    "notice.exit_decided": "An exit case was decided: organisation_id, number, decision.",
    "payment.paid": "Money arrived at the payee: order_id, number, amount_fen.",
    "payment.refused": "The gateway refused for certain: order_id, number, amount_fen.",
    "payment.returned": "A payment came back: order_id, number, amount_fen.",
    "payment.unknown": "The outcome of a payment is unknown and is being asked about: order_id, number, amount_fen.",
    "payment.accepted": "The gateway has taken a payment and is working on it: order_id, number, amount_fen.",
    "budget.year_end": "A year of a department is not sealed: department_id, fiscal_year, days_left (below 0: late).",
}


def deliver(topic: str, payload: Mapping[str, Any]) -> None:
    """Send one message to whoever listens. A listener that raises gets it again later."""
    namespace.signal(f"marketplace.{topic}").send("marketplace", **payload)
