"""Pure rules: states, terms of sanctions, and what a fact may still be used for."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.kernel.clock import add_months
from marketplace.kernel.states import States

ABOUT_KINDS = ("tender", "award", "contract", "agency")
CATEGORIES = ("quality", "delay", "charge", "conduct", "collusion", "process", "other")
FINDING_KINDS = (
    "complaint_verified",
    "refuse_contract",
    "late",
    "poor_result",
    "forged_data",
    "qualification_fraud",
    "collusion",
    "bribery",
    "qualification_penalty",
)
OPEN_COMPLAINTS = ("filed", "accepted")
OPEN_CASES = ("noticed", "defended", "undefended")

COMPLAINT_STATES = States(
    "complaint",
    {
        ("filed", "accept"): "accepted",
        ("filed", "refuse"): "refused",
        ("accepted", "uphold"): "upheld",
        ("accepted", "dismiss"): "dismissed",
    },
)
CASE_STATES = States(
    "exit-case",
    {
        ("noticed", "defend"): "defended",
        ("noticed", "expire"): "undefended",
        ("noticed", "dismiss"): "dismissed",
        ("defended", "defend"): "defended",
        ("defended", "confirm"): "confirmed",
        ("defended", "dismiss"): "dismissed",
        ("undefended", "confirm"): "confirmed",
        ("undefended", "dismiss"): "dismissed",
        ("noticed", "moot"): "moot",
        ("defended", "moot"): "moot",
        ("undefended", "moot"): "moot",
    },
)
SANCTION_STATES = States("sanction", {("active", "end"): "ended", ("active", "lift"): "lifted"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A decided breach as exit rules see it. by_complaint: it was found on a complaint; item_code: the service."""

    id: str
    kind: str
    decided_at: datetime
    by_complaint: bool = False
    item_code: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """An earlier case: which rule used which findings, with what outcome."""

    rule: str
    removal: bool
    state: str
    finding_ids: frozenset[str]


def term_end(start: datetime, *, months: int = 0, years: int = 0) -> datetime:
    """When a suspension (months) or a bar to re-entry (years) is over."""
    return add_months(start, months + 12 * years)


def within_months(facts: Iterable[Fact], now: datetime, months: int) -> list[Fact]:
    """The facts decided in the last so many months."""
    since = add_months(now, -months)
    return [fact for fact in facts if since < fact.decided_at <= now]


def still_usable(facts: Iterable[Fact], used: Sequence[Used], rule: str, *, removal: bool) -> list[Fact]:
    """Facts that no earlier case under the same rule has judged; one fact never counts twice.

    A suspension does not rest on what a removal that was not dismissed already rests on.
    """
    gone: set[str] = set()
    for case in used:
        if case.rule == rule or (not removal and case.removal and case.state not in {"dismissed", "moot"}):
            gone |= case.finding_ids
    return [fact for fact in facts if fact.id not in gone]


def basis_of(finding_ids: Iterable[str]) -> str:
    """A fingerprint of the facts of a case: the same facts never open a second case under one rule."""
    return hashlib.sha256("\x1f".join(sorted(finding_ids)).encode()).hexdigest()[:32]


def reach_of(setting: str, by_cause: str, facts: Sequence[Fact]) -> str:
    """How far a suspension reaches: one catalogue item, or "all". Source: exit.reach.

    setting: by_cause, service, region or all; by_cause: the cause's own reach. Facts of several services, or of none,
    reach everything; agencies are entered for the whole country, so a region means all of it.
    """
    wanted = by_cause if setting == "by_cause" else setting
    items = {fact.item_code for fact in facts}
    only = items.pop() if len(items) == 1 else None
    return only if wanted == "service" and only else "all"


def remove_causes(rules: Mapping[str, object]) -> frozenset[str]:
    """The causes for which this jurisdiction removes. Source: exit.remove.causes."""
    causes = rules["exit.remove.causes"]
    return frozenset(str(cause) for cause in causes) if isinstance(causes, (list, tuple)) else frozenset()
