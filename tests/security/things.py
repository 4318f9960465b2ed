"""What stands in an address: which things the market holds, whose they are, and how to fill every route's arguments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import Connection, text
from werkzeug.routing import Rule

from marketplace.testing.plugin import engine_of

ID = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Kind:
    """Where a thing is stored. owners: columns with the organisations that it belongs to; none: it is everybody's."""

    tables: str
    key: str
    state: str = "''"
    owners: tuple[str, ...] = ()
    missing: str = ID


@dataclass(frozen=True)
class Thing:
    """One value for an argument."""

    value: str
    state: str = ""
    owners: frozenset[str] = frozenset()
    missing: str = ID


TENDER = "marketplace_tender t"
AWARD = "marketplace_award a JOIN marketplace_tender t ON t.id = a.tender_id"
LETTER = "a.status || CASE WHEN a.check_code IS NULL THEN '' ELSE ' with letter' END"
CONTRACT = "marketplace_contract c"
MILESTONE = "marketplace_milestone m JOIN marketplace_contract c ON c.id = m.contract_id"
ORDER = "marketplace_payment_order o"
BOTH = ("c.buyer_id", "c.agency_id")
KINDS = {
    "tender_id": Kind(TENDER, "t.id", "t.stage", ("t.buyer_id",)),
    "award_id": Kind(AWARD, "a.id", LETTER, ("a.agency_id", "t.buyer_id")),
    "offer_id": Kind(
        "marketplace_offer o JOIN marketplace_tender t ON t.id = o.tender_id",
        "o.id",
        "t.stage",
        ("o.agency_id", "t.buyer_id"),
    ),
    "objection_id": Kind(
        "marketplace_objection x JOIN marketplace_award a ON a.id = x.award_id "
        "JOIN marketplace_tender t ON t.id = x.tender_id",
        "x.id",
        "x.status",
        ("x.agency_id", "a.agency_id", "t.buyer_id"),
    ),
    "clarification_id": Kind(
        "marketplace_clarification x JOIN marketplace_tender t ON t.id = x.tender_id",
        "x.id",
        "t.stage",
        ("t.buyer_id",),
    ),
    "relation_id": Kind("marketplace_relation x", "x.id", "x.kind", ("x.organisation_id",)),
    "contract_id": Kind(CONTRACT, "c.id", "c.status", BOTH),
    "milestone_id": Kind(MILESTONE, "m.id", "m.status", BOTH),
    "deliverable_id": Kind(
        "marketplace_deliverable d JOIN marketplace_contract c ON c.id = d.contract_id", "d.id", "d.status", BOTH
    ),
    "review_id": Kind("marketplace_review c", "c.id", "c.state", BOTH),
    "entry_id": Kind("marketplace_score_entry e", "e.id", "e.state", ("e.agency_id",)),
    "appeal_id": Kind("marketplace_appeal e", "e.id", "e.status", ("e.agency_id",)),
    "case_id": Kind("marketplace_exit_case e", "e.id", "e.state", ("e.agency_id",)),
    "sanction_id": Kind("marketplace_sanction e", "e.id", "e.state", ("e.agency_id",)),
    "complaint_id": Kind("marketplace_complaint e", "e.id", "e.state"),
    "order_id": Kind(ORDER, "o.id", "o.state", ("o.department_id", "o.agency_id")),
    "invoice_id": Kind("marketplace_invoice i", "i.id", "''", ("i.department_id", "i.agency_id")),
    "change_id": Kind("marketplace_payee_change y", "y.id", "y.state", ("y.department_id", "y.agency_id")),
    "transfer_id": Kind("marketplace_budget_transfer y", "y.id", "y.state", ("y.department_id",)),
    "sheet_id": Kind("marketplace_budget_sheet y", "y.id", "''", ("y.department_id",)),
    "assessor_id": Kind(
        "marketplace_assessor y JOIN marketplace_tender t ON t.id = y.tender_id", "y.id", "y.status", ("t.buyer_id",)
    ),
    "day_id": Kind("marketplace_recon_day y", "y.id", "y.state"),
    "break_id": Kind("marketplace_recon_break y", "y.id", "y.state"),
    "statement_id": Kind("marketplace_statement y", "y.id", "''"),
    "collection number": Kind(
        "marketplace_collection y", "y.number", "y.state", ("y.buyer_id", "y.agency_id"), "SK-2026-909090"
    ),
    "receipt_id": Kind(
        f"marketplace_payment_receipt r JOIN {ORDER} ON o.id = r.order_id", "r.id", "o.state", ("o.department_id",)
    ),
    "line_id": Kind("marketplace_budget_line l", "l.id", "l.source", ("l.department_id",)),
    "qualification_id": Kind("marketplace_qualification q", "q.id", "''", ("q.agency_id",)),
    "practitioner_id": Kind("marketplace_practitioner q", "q.id", "''", ("q.agency_id",)),
    "delegate_id": Kind("marketplace_buyer_delegate d", "d.id", "''", ("d.buyer_id",)),
    "token_id": Kind("marketplace_token k", "k.id", "''", ("k.organisation_id",)),
    "sign_in_id": Kind("marketplace_sign_in k", "k.id", "''", ("k.organisation_id",)),
    "login_id": Kind("marketplace_login n", "n.id", "''"),
    "membership_id": Kind("marketplace_membership n", "n.id", "n.role"),
    "buyer_id": Kind("marketplace_buyer b", "b.id", "b.kind", ("b.id",)),
    "uscc": Kind("marketplace_agency g", "g.uscc", "g.standing", ("g.id",), "91320000MA1MKNQ05X"),
    "event_id": Kind("marketplace_event e", "e.id", "e.type"),
    "leaf": Kind("marketplace_leaf l", "l.hash", "''"),
    "posting": Kind("marketplace_ledger_posting p", "p.id", "''"),
    "head": Kind("marketplace_tree_head h", "h.size", "''"),
    "item_code": Kind("marketplace_catalogue_item i", "i.code", "i.qualification_mode", missing="ZJ-77"),
    "ruleset_id": Kind("marketplace_rule_snapshot s", "s.id", "''"),
    "rule_set_id": Kind("marketplace_rule_set s", "s.id", "''"),
    "tender number": Kind(TENDER, "t.number", "t.stage", ("t.buyer_id",), "ZJ-2026-909090"),
    "award number": Kind(AWARD, "t.number", LETTER, ("a.agency_id", "t.buyer_id"), "ZJ-2026-909090"),
    "auction number": Kind(
        "marketplace_auction r JOIN marketplace_tender t ON t.id = r.tender_id "
        "JOIN marketplace_auction_seat s ON s.auction_id = r.id AND s.number = 1 "
        "LEFT JOIN marketplace_auction_seat z ON z.auction_id = r.id AND z.number = 2",
        "r.number",
        "r.status",
        ("s.agency_id", "z.agency_id", "t.buyer_id"),
        "ZJ-2026-909090",
    ),
    "draw number": Kind("marketplace_draw y", "y.number", missing="ZJ-2026-909090"),
    "budget year": Kind("marketplace_closing_run y", "y.fiscal_year", "y.state", ("y.department_id",), "2031"),
    "contract number": Kind(CONTRACT, "c.number", "c.status", BOTH, "HT-2026-909090"),
    "complaint number": Kind("marketplace_complaint e", "e.number", "e.state", missing="TS-2026-909090"),
    "order number": Kind(ORDER, "o.number", "o.state", ("o.department_id", "o.agency_id"), "ZF-2026-909090"),
    "contract change": Kind(
        "marketplace_contract_change y JOIN marketplace_contract c ON c.id = y.contract_id", "y.id", "y.state", BOTH
    ),
    "unallocated receipt": Kind("marketplace_unallocated_receipt y", "y.id", "y.state"),
    "check code": Kind(AWARD, "a.check_code", "a.status", ("a.agency_id", "t.buyer_id"), "ABCDEFGH23456789"),
}
# (start of the rule, argument) → kind, where the argument's name alone does not say it; the first that fits.
MEANINGS = (
    ("/awards/", "number", "award number"),
    ("/api/v1/draws/", "number", "draw number"),
    ("/api/v1/budget-years/", "year", "budget year"),
    ("/auctions/", "number", "auction number"),
    ("/api/v1/auctions/", "number", "auction number"),
    ("/contracts/", "number", "contract number"),
    ("/<any(buyer, agency):side>/changes/", "change_id", "contract change"),
    ("/api/v1/contract-changes/", "change_id", "contract change"),
    ("/finance/receipts/", "receipt_id", "unallocated receipt"),
    ("/api/v1/unallocated-receipts/", "receipt_id", "unallocated receipt"),
    ("/api/v1/contract-notices/", "number", "contract number"),
    ("/complaints/", "number", "complaint number"),
    ("/api/v1/complaints/", "number", "complaint number"),
    ("/dept/payments/", "number", "order number"),
    ("/payments/", "number", "order number"),
    ("/collections/", "number", "collection number"),
    ("/api/v1/collections/", "number", "collection number"),
    ("/assessor/tenders/", "number", "tender number"),
    ("/tenders/", "number", "tender number"),
    ("/api/v1/tenders/", "number", "tender number"),
    ("/buyer/tenders/", "number", "tender number"),
    ("/keeper/", "number", "tender number"),
    ("/draws/", "number", "tender number"),
    ("/v/", "code", "check code"),
    ("/api/v1/letters/", "code", "check code"),
    ("/catalogue/", "code", "item_code"),
    ("/api/v1/catalogue/", "code", "item_code"),
    ("/agency/<any(reviews", "id", "review_id"),
)
WORDS = {
    ("/lang/", "code"): ("en", "zh", "xx"),
    ("/static/", "name"): ("marketplace.css", "nothing.css"),
    ("/dept/budgets/years/", "year"): ("2026",),
    ("/payments/notices/", "gateway"): ("sandbox", "nothing"),
    ("/api/v1/credit-feeds/", "feed"): ("csv_file", "nothing"),
}


def _rows(connection: Connection, kind: Kind) -> Iterator[Thing]:
    owners = ", ".join(kind.owners) or "NULL"
    query = f"SELECT {kind.key}, {kind.state}, {owners} FROM {kind.tables} ORDER BY {kind.key}"
    for value, state, *owning in connection.execute(text(query)):
        if value is not None:
            yield Thing(str(value), str(state), frozenset(filter(None, owning)), kind.missing)


def stock(app: Any) -> dict[str, list[Thing]]:
    """Every thing in the market by kind."""
    with engine_of(app).connect() as connection:
        found = {name: list(_rows(connection, kind)) for name, kind in KINDS.items()}
        connection.rollback()
    return found


def kind_of(rule: Rule, argument: str) -> str | None:
    """The kind of thing an argument wants; None for plain words. A new argument must be taught here."""
    for start, name, kind in MEANINGS:
        if rule.rule.startswith(start) and name == argument:
            return kind
    if argument in KINDS:
        return argument
    if _words(rule, argument):
        return None
    raise AssertionError(f"teach tests/security/things.py what <{argument}> of {rule.rule} stands for")


def _words(rule: Rule, argument: str) -> tuple[str, ...]:
    choice = re.search(rf"<any\(([^)]*)\):{argument}>", rule.rule)
    if choice:
        return tuple(word.strip(" '\"") for word in choice[1].split(","))
    return next((w for (start, name), w in WORDS.items() if rule.rule.startswith(start) and name == argument), ())


@dataclass(frozen=True)
class Filled:
    """A rule with values. things: what was put in for the arguments that name things."""

    address: str
    things: Mapping[str, Thing]
    missing: str


def filled(rule: Rule, things: Mapping[str, list[Thing]]) -> Iterator[Filled]:
    """The rule's addresses for all combinations of things and words; `missing` names a thing that nobody has."""
    names = sorted(rule.arguments)
    choices: list[list[Thing]] = []
    for name in names:
        kind = kind_of(rule, name)
        words = [Thing(word, missing=word) for word in _words(rule, name)] if kind is None else things[kind]
        choices.append(words)
    for chosen in product(*choices):
        values = dict(zip(names, chosen, strict=True))
        named = {name: thing for name, thing in values.items() if kind_of(rule, name) is not None}
        here = _put(rule, {name: thing.value for name, thing in values.items()})
        yield Filled(here, named, _put(rule, {name: thing.missing for name, thing in values.items()}))


def _put(rule: Rule, values: Mapping[str, str]) -> str:
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda match: values[match[1]], rule.rule)


def samples(found: Mapping[str, list[Thing]], owners: frozenset[str], most: int = 8) -> dict[str, list[Thing]]:
    """One thing of each kind and state that belongs to one of the owners (or to everybody)."""
    chosen: dict[str, list[Thing]] = {}
    for kind, things in found.items():
        by_state = {thing.state: thing for thing in things if not thing.owners or thing.owners & owners}
        chosen[kind] = list(by_state.values())[:most]
    return chosen
