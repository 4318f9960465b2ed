"""What a notice must satisfy before it goes out: every guard yields refusals, and publishing raises the first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from marketplace.agencies import queries as agencies
from marketplace.budgets import queries as budgets
from marketplace.budgets.moving import require_one_purse
from marketplace.catalogue import queries as catalogue
from marketplace.identity import queries as identity
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.selection import queries as selection
from marketplace.tenders import rules
from marketplace.tenders.errors import (
    BudgetLineMissing,
    BudgetLineNotYours,
    ClosingTooEarly,
    ConditionForbidden,
    DirectAboveLimit,
    DirectAgencyUnfit,
    FactsMissing,
    FixedPriceUnfit,
    GovernmentMustCompete,
    GovernmentMustPay,
    KeeperWithoutKey,
    MethodNotOffered,
    PayerNotYours,
    ProjectCodeInvalid,
    ReasonMissing,
    ThresholdUnfit,
)
from marketplace.tenders.errors.changes import AuthorityUnknown
from marketplace.tenders.errors.live import ScreeningUnfit
from marketplace.tenders.models import Tender
from marketplace.tenders.service import weighing
from marketplace.tenders.service.weighing import DRAWN


@dataclass(frozen=True, slots=True)
class Case:
    """A notice under examination: the tender, the rules in force for it, and the kind of its buyer."""

    ctx: Ctx
    tender: Tender
    book: Rules
    buyer_kind: str


def _required(case: Case) -> Iterator[DomainError]:
    labels = {"title": "项目名称", "content": "服务内容", "region": "服务区域"}
    for name, label in labels.items():
        if not getattr(case.tender, name).strip():
            yield FactsMissing(field=name, label=label)
    if case.tender.service_workdays <= 0:
        yield FactsMissing(field="service_workdays", label="服务时限")
    try:
        catalogue.kept_item(case.ctx, case.tender.item_code)
    except DomainError as refusal:
        refusal.field = "item_code"
        yield refusal


def _method(case: Case) -> Iterator[DomainError]:
    try:
        method = selection.method(case.ctx, case.tender.method)
    except DomainError as refusal:
        yield refusal
        return
    if method.code not in case.book["selection.methods"]:
        yield MethodNotOffered(field="method", method=method.label)
    if case.tender.government_commissioned and not method.competitive:
        yield GovernmentMustCompete(field="method")


def _fixed_price(case: Case) -> Iterator[DomainError]:
    price, drawn = case.tender.fixed_price_fen, case.tender.method in DRAWN
    if drawn != (price is not None) or (price is not None and not 0 < price <= case.tender.ceiling_fen):
        yield FixedPriceUnfit(field="fixed_price_fen")


def _live(case: Case) -> Iterator[DomainError]:
    """No screening by name where the bidders go on under numbers in a live room."""
    try:
        live = selection.is_live(case.ctx, case.tender.method)
    except DomainError:  # said by _method already
        return
    if live and case.tender.screening:
        yield ScreeningUnfit(field="screening")


def _payer(case: Case) -> Iterator[DomainError]:
    department = case.buyer_kind == "department"
    pays = case.tender.payer == "department"
    if case.tender.government_commissioned and not (department and pays):
        yield GovernmentMustPay(field="payer")
    elif department != pays:
        yield PayerNotYours(field="payer")


def _budget(case: Case) -> Iterator[DomainError]:
    tender = case.tender
    if tender.payer == "department" and tender.budget_line_id is None:
        yield BudgetLineMissing(field="budget_line_id")
    if tender.budget_line_id is None:
        return
    wrong = {"budget_line_id": [tender.budget_line_id], "further_line_ids": tender.further_line_ids}
    for field, ids in wrong.items():
        if any(_owner(case, id) != tender.buyer_id for id in ids) or (ids and tender.payer != "department"):
            yield BudgetLineNotYours(field=field)
    try:
        require_one_purse([budgets.line(case.ctx, id) for ids in wrong.values() for id in ids])
    except DomainError as refusal:
        refusal.field = "further_line_ids"
        yield refusal


def _owner(case: Case, line_id: str) -> str:
    try:
        return budgets.line(case.ctx, line_id).department_id
    except DomainError:
        return ""


def _conditions(case: Case) -> Iterator[DomainError]:
    kinds = case.book["posting.forbidden_conditions"]
    for name in ("conditions", "content", "title"):
        for found in rules.forbidden_conditions(getattr(case.tender, name), kinds):
            yield ConditionForbidden(field=name, phrase=found.phrase, advice=found.remedy)


def _direct(case: Case) -> Iterator[DomainError]:
    tender, limit = case.tender, case.book.fen("threshold.direct_max_yuan")
    if tender.method != "direct":
        return
    if tender.ceiling_fen > limit:
        yield DirectAboveLimit(field="ceiling_fen", limit=yuan(limit))
    else:
        yield from weighing.repeats(case.ctx, tender, case.book)
    if not tender.direct_reason.strip():
        yield ReasonMissing(field="direct_reason")
    if not tender.direct_agency_id:
        yield FactsMissing(field="direct_agency_id", label="选取的中介服务机构")
        return
    try:
        bars = agencies.bars(case.ctx, tender.direct_agency_id, tender.item_code, tender.closes_at or case.ctx.now)
        why = [bar.text for bar in bars]
    except DomainError as refusal:
        why = [refusal.text]
    if why:
        yield DirectAgencyUnfit(field="direct_agency_id", why="；".join(why))


def _avoidances(case: Case) -> Iterator[DomainError]:
    for avoided in case.tender.avoidances:
        try:
            canonical_uscc(avoided["uscc"])
        except UsccInvalid as wrong:
            wrong.field = "avoidances"
            yield wrong
        if not avoided["reason"].strip():
            yield ReasonMissing(field="avoidances")


def _authority(case: Case) -> Iterator[DomainError]:
    chosen = case.tender.authority_id
    if chosen is None:
        return
    try:
        kind = identity.organisation(case.ctx, chosen).kind
    except DomainError:
        kind = ""
    if kind != "department":
        yield AuthorityUnknown(field="authority_id")


def _project_code(case: Case) -> Iterator[DomainError]:
    code = case.tender.project_code
    if code and not rules.project_code_fits(code):
        yield ProjectCodeInvalid(field="project_code")


def _closing(case: Case) -> Iterator[DomainError]:
    tender, key = case.tender, "posting.signup_min_workdays"
    if tender.urgent:
        key = "posting.signup_min_urgent_workdays"
        if case.book["posting.urgent_needs_reason"] and not tender.urgent_reason.strip():
            yield ReasonMissing(field="urgent_reason")
    if tender.closes_at is None:
        yield FactsMissing(field="closes_at", label="报名截止时间")
        return
    days = case.book[key]
    earliest = rulebook.add_workdays(case.ctx, case.ctx.now, days)
    if tender.closes_at < earliest:
        text = earliest.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        yield ClosingTooEarly(field="closes_at", days=days, earliest=text)
    try:
        rulebook.workdays_between(case.ctx, case.ctx.now, tender.closes_at)
    except DomainError as refusal:
        refusal.field = "closes_at"
        yield refusal


def _keepers(case: Case) -> Iterator[DomainError]:
    """Source: rulebook opening.keepers, opening.threshold."""
    named, threshold = case.book["opening.keepers"], case.book["opening.threshold"]
    for keeper in named:
        if keeper not in case.ctx.keys.keepers:
            yield KeeperWithoutKey(keeper=rules.KEEPER_NAMES.get(keeper, keeper))
    if threshold > len(named):
        yield ThresholdUnfit(threshold=threshold, keepers=len(named))


def _weighing(case: Case) -> Iterator[DomainError]:
    yield from weighing.problems(case.ctx, case.tender, case.book)


GUARDS: tuple[Callable[[Case], Iterator[DomainError]], ...] = (
    _required,
    _method,
    _payer,
    _budget,
    _fixed_price,
    _live,
    _direct,
    _weighing,
    _conditions,
    _avoidances,
    _authority,
    _project_code,
    _closing,
    _keepers,
)


def problems(ctx: Ctx, tender: Tender, book: Rules, *, closing: bool = True) -> list[DomainError]:
    """Every reason why the notice may not go out, each with its field. closing: whether its time is asked too."""
    kind = identity.organisation(ctx, tender.buyer_id).kind
    case = Case(ctx, tender, book, kind)
    return [problem for guard in GUARDS if closing or guard is not _closing for problem in guard(case)]
