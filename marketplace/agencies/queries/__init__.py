"""Reading agencies: directory, eligibility, expiring certificates. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from marketplace.agencies import rules
from marketplace.agencies.errors import (
    AgencyNotFound,
    PractitionerNotFound,
    QualificationNotFound,
    SuspensionNotFound,
)
from marketplace.agencies.models import Agency, Practitioner, Qualification, ServiceScope, Suspension
from marketplace.agencies.rules import Application, Bar, Demands, ScopeItem
from marketplace.catalogue.models import CatalogueItem
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.rulebook.queries import rules_at

CHUNK = 400


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """A certificate that ends soon: days left, and the warning step (days) it has reached."""

    qualification: Qualification
    days_left: int
    step: int


def agency(ctx: Ctx, id: str) -> Agency:
    """The agency. Raises AgencyNotFound."""
    found = ctx.session.get(Agency, id)
    if found is None:
        raise AgencyNotFound
    return found


def some(ctx: Ctx, ids: Iterable[str]) -> dict[str, Agency]:
    """Several agencies by id. Raises AgencyNotFound when one is missing."""
    wanted = list(dict.fromkeys(ids))
    chunks = [wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)]
    found = {row.id: row for chunk in chunks for row in ctx.session.scalars(select(Agency).where(Agency.id.in_(chunk)))}
    if len(found) < len(wanted):
        raise AgencyNotFound
    return found


def by_uscc(ctx: Ctx, uscc: str) -> Agency:
    """The agency with a unified social credit code in any spelling. Raises AgencyNotFound."""
    found = find_by_uscc(ctx, uscc)
    if found is None:
        raise AgencyNotFound
    return found


def find_by_uscc(ctx: Ctx, uscc: str) -> Agency | None:
    """The agency with this code, or None, also for text that is no code."""
    try:
        canonical = canonical_uscc(uscc)
    except UsccInvalid:
        return None
    return ctx.session.scalar(select(Agency).where(Agency.uscc == canonical))


def qualification(ctx: Ctx, id: str) -> Qualification:
    """The certificate. Raises QualificationNotFound."""
    found = ctx.session.get(Qualification, id)
    if found is None:
        raise QualificationNotFound
    return found


def own_qualification(ctx: Ctx, agency_id: str, id: str) -> Qualification:
    """The certificate, when it is this agency's. Raises QualificationNotFound."""
    found = qualification(ctx, id)
    if found.agency_id != agency_id:
        raise QualificationNotFound
    return found


def practitioner(ctx: Ctx, id: str) -> Practitioner:
    """The practitioner. Raises PractitionerNotFound."""
    found = ctx.session.get(Practitioner, id)
    if found is None:
        raise PractitionerNotFound
    return found


def suspension(ctx: Ctx, id: str) -> Suspension:
    """The suspension. Raises SuspensionNotFound."""
    found = ctx.session.get(Suspension, id)
    if found is None:
        raise SuspensionNotFound
    return found


def scopes(ctx: Ctx, agency_id: str) -> list[ServiceScope]:
    """Declared scopes in catalogue order."""
    wanted = select(ServiceScope).where(ServiceScope.agency_id == agency_id).order_by(ServiceScope.item_code)
    return list(ctx.session.scalars(wanted))


def qualifications(ctx: Ctx, agency_id: str, item_code: str | None = None) -> list[Qualification]:
    """Certificates, newest first, of one item or of all."""
    wanted = select(Qualification).where(Qualification.agency_id == agency_id).order_by(Qualification.id.desc())
    if item_code is not None:
        wanted = wanted.where(Qualification.item_code == item_code)
    return list(ctx.session.scalars(wanted))


def practitioners(ctx: Ctx, agency_id: str) -> list[Practitioner]:
    """Listed practitioners in the order of listing."""
    wanted = select(Practitioner).where(Practitioner.agency_id == agency_id).order_by(Practitioner.id)
    return list(ctx.session.scalars(wanted))


def _running(at: datetime) -> ColumnElement[bool]:
    return and_(
        Suspension.lifted_at.is_(None),
        Suspension.starts_at <= at,
        or_(Suspension.until.is_(None), Suspension.until > at),
    )


def suspensions(ctx: Ctx, agency_id: str, at: datetime | None = None) -> list[Suspension]:
    """Suspensions that run at an instant (now when None)."""
    wanted = select(Suspension).where(Suspension.agency_id == agency_id, _running(at or ctx.now))
    return list(ctx.session.scalars(wanted.order_by(Suspension.id)))


def suspension_bars(ctx: Ctx, agency_id: str) -> list[Bar]:
    """The running suspensions of an agency as sentences."""
    running = suspensions(ctx, agency_id)
    names = item_facts(ctx, [stop.reach for stop in running])
    return [
        rules.suspension_bar(stop.reach, stop.reason, stop.until, names[stop.reach].name if stop.reach in names else "")
        for stop in running
    ]


def item_facts(ctx: Ctx, codes: Iterable[str] | None = None) -> dict[str, ScopeItem]:
    """Catalogue items by code: the given ones, or all."""
    wanted = select(CatalogueItem).order_by(CatalogueItem.code)
    if codes is not None:
        wanted = wanted.where(CatalogueItem.code.in_(list(codes)))
    rows = ctx.session.scalars(wanted)
    return {row.code: ScopeItem(row.code, row.name, row.qualification_mode, bool(row.kept)) for row in rows}


def item_fact(ctx: Ctx, code: str) -> ScopeItem:
    """One catalogue item; an unknown code is an item that nobody keeps."""
    return item_facts(ctx, [code]).get(code, ScopeItem(code, code, "none", kept=False))


def demands(ctx: Ctx, form: Application) -> Demands:
    """What the rulebook of the form's region and the catalogue demand today."""
    book = rules_at(ctx, form.region if rules.known_region(form.region) else "000000", ctx.now)
    codes = {*form.scopes, *(paper.item_code for paper in form.qualifications)}
    return Demands(
        entity_types=book["registration.entity_types"],
        commitments=book["registration.commitment_required"],
        items=item_facts(ctx, codes),
        today=shanghai_date(ctx.now),
    )


def entry_problems(ctx: Ctx, form: Application) -> list[DomainError]:
    """Every reason to refuse an entry form, each with its field."""
    problems: list[DomainError] = []
    try:
        canonical_uscc(form.uscc)
    except UsccInvalid as wrong:
        wrong.field = "uscc"
        problems.append(wrong)
    return problems + rules.form_problems(form, demands(ctx, form))


def bars(ctx: Ctx, agency_id: str, item_code: str, at: datetime) -> list[Bar]:
    """Every reason why the agency may not bid for an item that closes at `at`; empty means that it may."""
    row, item = agency(ctx, agency_id), item_fact(ctx, item_code)
    held = any(scope.item_code == item_code for scope in scopes(ctx, agency_id))
    papers = [(paper.valid_from, paper.valid_to) for paper in qualifications(ctx, agency_id, item_code)]
    running = [stop for stop in suspensions(ctx, agency_id) if stop.reach in {rules.EVERYTHING, item_code}]
    return [
        *rules.standing_bars(row.standing, row.barred_until),
        *(rules.suspension_bar(stop.reach, stop.reason, stop.until, item.name) for stop in running),
        *rules.scope_bars(item, held, papers, shanghai_date(at)),
    ]


def holds_valid(ctx: Ctx, agency_id: str, item_code: str, day: date) -> bool:
    """Whether some certificate of the item is valid on a Shanghai day."""
    papers = qualifications(ctx, agency_id, item_code)
    return any(rules.covers(paper.valid_from, paper.valid_to, day) for paper in papers)


def eligible_for(ctx: Ctx, item_code: str, at: datetime) -> Select[Agency]:
    """Agencies that may bid for an item that closes at `at`, by id; the set-wise form of `bars`."""
    day = shanghai_date(at)
    stopped = exists().where(
        Suspension.agency_id == Agency.id, Suspension.reach.in_([rules.EVERYTHING, item_code]), _running(ctx.now)
    )
    held = exists().where(ServiceScope.agency_id == Agency.id, ServiceScope.item_code == item_code)
    wanted = select(Agency).where(Agency.standing == "active", held, ~stopped).order_by(Agency.id)
    if item_fact(ctx, item_code).mode not in rules.STATUTORY_MODES:
        return wanted
    valid = exists().where(
        Qualification.agency_id == Agency.id,
        Qualification.item_code == item_code,
        Qualification.valid_from <= day,
        or_(Qualification.valid_to.is_(None), Qualification.valid_to >= day),
    )
    return wanted.where(valid)


def directory(
    *, text: str = "", item_code: str = "", region: str = "", stars: int | None = None, standing: str = ""
) -> Select[Agency]:
    """The public directory, newest entry first. region: a division code, everything inside it is found.

    text: words that all occur in name, services or place; two Chinese characters are enough.
    """
    wanted = select(Agency).order_by(Agency.id.desc())
    for word in text.split():
        wanted = wanted.where(Agency.search_text.contains(rules.plain(word), autoescape=True))
    if item_code:
        wanted = wanted.where(exists().where(ServiceScope.agency_id == Agency.id, ServiceScope.item_code == item_code))
    if region:
        wanted = wanted.where(Agency.region.startswith(rules.region_prefix(region), autoescape=True))
    if stars is not None:
        wanted = wanted.where(Agency.stars == stars)
    return wanted.where(Agency.standing == standing) if standing else wanted


def expiring(ctx: Ctx, agency_id: str) -> list[ExpiryWarning]:
    """Certificates that end within the warning days (certificate.expiry_warning_days), soonest first."""
    today, row = shanghai_date(ctx.now), agency(ctx, agency_id)
    steps: Sequence[int] = rules_at(ctx, row.region, ctx.now)["certificate.expiry_warning_days"]
    last = today + timedelta(days=max(steps))
    renewed = select(Qualification.renews_id).where(Qualification.renews_id.is_not(None))
    wanted = select(Qualification).where(
        Qualification.agency_id == agency_id,
        Qualification.valid_to.between(today, last),
        Qualification.id.not_in(renewed),
    )
    found = []
    for paper in ctx.session.scalars(wanted.order_by(Qualification.valid_to, Qualification.id)):
        left = ((paper.valid_to or today) - today).days
        found.append(ExpiryWarning(paper, left, rules.warning_level(left, steps) or max(steps)))
    return found


def after_checks() -> Select[Agency]:
    """Entries drawn for the after-check and not yet checked, by id."""
    drawn = select(Agency).where(Agency.check_due_at.is_not(None), Agency.checked_at.is_(None))
    return drawn.order_by(Agency.id)


def open_engagements(ctx: Ctx, agency_id: str) -> int:
    """Open contracts of an agency, counted by the domains above through the plug-in point agency_ties."""
    ties: Mapping[str, Callable[[Ctx, str], int]] = ctx.plugins.get("agency_ties", {})
    return sum(count(ctx, agency_id) for count in ties.values())
