"""Reading complaints, findings, cases and sanctions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.exc import NoResultFound

from marketplace.agencies import queries as agencies
from marketplace.agencies.models import Agency
from marketplace.contracts import queries as contracts
from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, Kind
from marketplace.supervision.errors import (
    ComplainedOfNotFound,
    ComplaintNotFound,
    ExitCaseNotFound,
    FindingNotFound,
    NotYourCase,
    SanctionNotFound,
)
from marketplace.supervision.models import Complaint, ExitCase, Finding, Sanction
from marketplace.supervision.rules import OPEN_CASES, OPEN_COMPLAINTS, Fact, Used
from marketplace.tenders import queries as tenders
from marketplace.tenders.models import Award, Tender

COUNTRY = "000000"


@dataclass(frozen=True, slots=True)
class About:
    """What a complaint is about; agency_id where an agency answers for it."""

    kind: str
    id: str
    number: str
    agency_id: str | None
    item_code: str | None
    region: str


@dataclass(frozen=True, slots=True)
class Complainant:
    """Who complained, decrypted for the one who handles it."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the public list: the sanction and the agency's name and code."""

    sanction: Sanction
    name: str
    uscc: str


def about(ctx: Ctx, kind: str, number: str) -> About:
    """The thing complained of, by the number printed on it. Raises ComplainedOfNotFound."""
    try:
        return {"tender": _tender, "award": _award, "contract": _contract, "agency": _agency}[kind](ctx, number.strip())
    except DomainError as error:
        if error.kind in {Kind.NOT_FOUND, Kind.INVALID}:
            raise ComplainedOfNotFound(field="about_number", number=number) from error
        raise
    except NoResultFound as error:
        raise ComplainedOfNotFound(field="about_number", number=number) from error


def _tender(ctx: Ctx, number: str) -> About:
    row = _published(ctx, number)
    return About("tender", row.id, row.number, None, row.item_code, row.region)


def _award(ctx: Ctx, number: str) -> About:
    row = _published(ctx, number)
    award = ctx.session.scalars(select(Award).where(Award.tender_id == row.id).order_by(Award.id.desc()).limit(1)).one()
    return About("award", award.id, row.number, award.agency_id, row.item_code, row.region)


def _contract(ctx: Ctx, number: str) -> About:
    row = contracts.by_number(ctx, number)
    return About("contract", row.id, row.number, row.agency_id, row.item_code, _region(ctx, row.agency_id))


def _agency(ctx: Ctx, number: str) -> About:
    row = agencies.by_uscc(ctx, number)
    return About("agency", row.id, row.uscc, row.id, None, row.region)


def _published(ctx: Ctx, number: str) -> Tender:
    row = tenders.by_number(ctx, number)
    if row.published_at is None:
        raise ComplainedOfNotFound(number=number)
    return row


def _region(ctx: Ctx, agency_id: str) -> str:
    return agencies.agency(ctx, agency_id).region


def body_of(ctx: Ctx) -> str:
    """The name of the body that the actor decides for."""
    if ctx.actor.organisation_name or ctx.actor.organisation_id is None:
        return ctx.actor.organisation_name or ctx.actor.name
    return identity.organisation(ctx, ctx.actor.organisation_id).name


def complaint(ctx: Ctx, complaint_id: str, *, lock: bool = False) -> Complaint:
    """One complaint. Raises ComplaintNotFound."""
    row = ctx.session.get(Complaint, complaint_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise ComplaintNotFound
    return row


def complaint_numbered(ctx: Ctx, number: str) -> Complaint:
    """One complaint by its receipt number. Raises ComplaintNotFound."""
    row = ctx.session.scalar(select(Complaint).where(Complaint.number == number))
    if row is None:
        raise ComplaintNotFound
    return row


def complainant(ctx: Ctx, row: Complaint) -> Complainant:
    """Who complained; only for those who handle complaints. Raises NotPermitted."""
    ctx.require("complaint.decide")
    return Complainant(**json.loads(ctx.keys.decrypt(row.complainant_sealed)))


def complaints(state: str | None = None) -> Select[Complaint]:
    """Complaints in one state, or all open ones, to be paged by (due_at, id)."""
    wanted = (state,) if state else OPEN_COMPLAINTS
    return select(Complaint).where(Complaint.state.in_(wanted))


def complaints_about(agency_id: str) -> Select[Complaint]:
    """Complaints that one agency answers for and that were taken up, to be paged by id."""
    return select(Complaint).where(Complaint.agency_id == agency_id, Complaint.accepted_at.is_not(None))


def complaint_of_agency(ctx: Ctx, complaint_id: str, *, lock: bool = False) -> Complaint:
    """One complaint that the actor's agency answers for and that was taken up. Raises ComplaintNotFound."""
    row = complaint(ctx, complaint_id, lock=lock)
    if row.agency_id is None or row.agency_id != ctx.actor.organisation_id or row.accepted_at is None:
        raise ComplaintNotFound
    return row


def findings(agency_id: str | None = None) -> Select[Finding]:
    """Decided breaches of one agency, or of all, to be paged by id."""
    query = select(Finding)
    return query if agency_id is None else query.where(Finding.agency_id == agency_id)


def findings_named(ctx: Ctx, agency_id: str, finding_ids: Sequence[str]) -> list[Finding]:
    """These findings of that agency, oldest first. Raises FindingNotFound when one is missing."""
    found = list(
        ctx.session.scalars(findings(agency_id).where(Finding.id.in_(finding_ids)).order_by(Finding.decided_at))
    )
    if len(found) != len(set(finding_ids)):
        raise FindingNotFound
    return found


def facts(ctx: Ctx, agency_id: str) -> list[Fact]:
    """What exit rules may look at: decided findings, oldest first."""
    rows = ctx.session.scalars(findings(agency_id).order_by(Finding.decided_at, Finding.id))
    return [Fact(row.id, row.kind, row.decided_at, row.complaint_id is not None, row.item_code) for row in rows]


def used_facts(ctx: Ctx, agency_id: str) -> list[Used]:
    """What earlier cases of the agency rest on."""
    rows = ctx.session.scalars(select(ExitCase).where(ExitCase.agency_id == agency_id))
    return [Used(row.rule, row.consequence == "remove", row.state, frozenset(row.finding_ids)) for row in rows]


def agencies_to_sweep(ctx: Ctx) -> list[str]:
    """Agencies in the market with at least one finding."""
    return list(
        ctx.session.scalars(
            select(Finding.agency_id)
            .join(Agency, Agency.id == Finding.agency_id)
            .where(Agency.standing.in_(("active", "suspended")))
            .distinct()
            .order_by(Finding.agency_id)
        )
    )


def case(ctx: Ctx, case_id: str, *, lock: bool = False) -> ExitCase:
    """One exit case. Raises ExitCaseNotFound."""
    row = ctx.session.get(ExitCase, case_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise ExitCaseNotFound
    return row


def case_for_agency(ctx: Ctx, case_id: str, *, lock: bool = False) -> ExitCase:
    """One case for the agency concerned; for everybody else it does not exist. Raises NotYourCase."""
    row = ctx.session.get(ExitCase, case_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.agency_id != ctx.actor.organisation_id:
        raise NotYourCase
    return row


def cases(state: str | None = None) -> Select[ExitCase]:
    """Cases in one state, or all open ones, to be paged by (defence_due, id)."""
    return select(ExitCase).where(ExitCase.state.in_((state,) if state else OPEN_CASES))


def cases_of(agency_id: str, consequence: str | None = None) -> Select[ExitCase]:
    """Cases of one agency, all or those that end in "suspend" or "remove", to be paged by id."""
    query = select(ExitCase).where(ExitCase.agency_id == agency_id)
    return query if consequence is None else query.where(ExitCase.consequence == consequence)


def sanction(ctx: Ctx, sanction_id: str, *, lock: bool = False) -> Sanction:
    """One sanction. Raises SanctionNotFound."""
    row = ctx.session.get(Sanction, sanction_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise SanctionNotFound
    return row


def sanctions(state: str = "active") -> Select[Sanction]:
    """清退与暂停名单: sanctions in one state, to be paged by (starts_at, id)."""
    return select(Sanction).where(Sanction.state == state)


def sanction_of_case(ctx: Ctx, case_id: str) -> Sanction | None:
    """What a confirmed case has led to."""
    return ctx.session.scalar(select(Sanction).where(Sanction.case_id == case_id))


def listed(ctx: Ctx, rows: Sequence[Sanction]) -> list[Listed]:
    """Sanctions with the names to show."""
    names = agency_names(ctx, [row.agency_id for row in rows])
    return [Listed(row, *names[row.agency_id]) for row in rows]


def agency_names(ctx: Ctx, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Agency id → name and unified social credit code."""
    found = ctx.session.execute(select(Agency.id, Agency.name, Agency.uscc).where(Agency.id.in_(ids)))
    return {id: (name, uscc) for id, name, uscc in found}
