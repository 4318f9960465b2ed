"""Certificates: those of the agency for its services, and the people who practise for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from marketplace.agencies import events, queries, rules
from marketplace.agencies.errors import (
    PractitionerNotFound,
    PractitionerTwice,
    QualificationAlreadyRenewed,
    QualificationNotFound,
    ScopeUnknown,
)
from marketplace.agencies.models import Agency, Practitioner, Qualification
from marketplace.agencies.rules import QualificationFacts
from marketplace.agencies.standing import is_own, lift, locked, own, stop_service, subject_of
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx

LAPSES = "agency.qualification_lapses"


def lapse(ctx: Ctx, qualification_id: str) -> None:
    """A certificate has run out: suspend just that service (certificate.expired_action) until it is renewed."""
    paper = queries.qualification(ctx, qualification_id)
    row, today = locked(ctx, paper.agency_id), shanghai_date(ctx.now)
    if paper.valid_to is None or paper.valid_to >= today:
        return
    ctx.record(
        events.QualificationLapsed(
            subject=subject_of(row.id),
            item_code=paper.item_code,
            number=paper.number,
            valid_to=paper.valid_to.isoformat(),
        )
    )
    item = queries.item_fact(ctx, paper.item_code)
    covered = queries.holds_valid(ctx, row.id, paper.item_code, today)
    stopped = any(
        stop.cause == "qualification" and stop.reach == paper.item_code for stop in queries.suspensions(ctx, row.id)
    )
    if item.mode in rules.STATUTORY_MODES and not covered and not stopped:
        reason = f"资质证书“{paper.number}”已于{paper.valid_to.isoformat()}到期"
        stop_service(ctx, row, reason=reason, until=None, reach=paper.item_code, cause="qualification")


def add_qualification(
    ctx: Ctx,
    agency_id: str,
    *,
    item_code: str,
    title: str,
    number: str,
    holder: str,
    valid_from: date,
    valid_to: date | None = None,
) -> Qualification:
    """Register a certificate for an item; it works at once, and a service that stood still for want of it goes on."""
    row = own(ctx, agency_id)
    paper = QualificationFacts(item_code, title.strip(), number.strip(), holder.strip(), valid_from, valid_to)
    if not queries.item_fact(ctx, item_code).kept:
        raise ScopeUnknown(field="item_code", item=item_code)
    for problem in rules.paper_problems(paper, row.name, shanghai_date(ctx.now)):
        raise problem
    return register(ctx, row, paper)


def renew_qualification(
    ctx: Ctx, qualification_id: str, *, number: str, valid_from: date, valid_to: date | None = None
) -> Qualification:
    """Register the renewal of a certificate as a new row. Raises QualificationAlreadyRenewed, date problems."""
    old = queries.qualification(ctx, qualification_id)
    if not is_own(ctx, old.agency_id):
        raise QualificationNotFound
    row = own(ctx, old.agency_id)
    if any(paper.renews_id == old.id for paper in queries.qualifications(ctx, row.id, old.item_code)):
        raise QualificationAlreadyRenewed
    paper = QualificationFacts(old.item_code, old.title, number.strip(), row.name, valid_from, valid_to)
    for problem in rules.paper_problems(paper, row.name, shanghai_date(ctx.now)):
        raise problem
    return register(ctx, row, paper, renews=old.id)


def register(ctx: Ctx, row: Agency, paper: QualificationFacts, renews: str | None = None) -> Qualification:
    """Store a checked certificate, promise its lapse, and let a service go on that stood still for want of it."""
    new = Qualification(
        id=ctx.new_id(),
        agency_id=row.id,
        item_code=paper.item_code,
        title=paper.title,
        number=paper.number,
        holder=paper.holder,
        valid_from=paper.valid_from,
        valid_to=paper.valid_to,
        added_at=ctx.now,
        renews_id=renews,
    )
    ctx.session.add(new)
    ctx.session.flush()
    if paper.valid_to is not None and paper.valid_to < date.max:  # 9999-12-31 is written for ever
        ctx.promise(LAPSES, new.id, at_shanghai(paper.valid_to + timedelta(days=1)))
    ctx.record(
        events.QualificationRegistered(
            subject=subject_of(row.id),
            item_code=paper.item_code,
            number=paper.number,
            valid_from=paper.valid_from.isoformat(),
            valid_to=paper.valid_to.isoformat() if paper.valid_to else None,
            renews=renews,
        )
    )
    for stop in queries.suspensions(ctx, row.id):
        if stop.cause == "qualification" and stop.reach == paper.item_code:
            lift(ctx, row, stop)
    return new


def add_practitioner(
    ctx: Ctx, agency_id: str, *, name: str, id_number: str, certificates: Sequence[Mapping[str, str]]
) -> Practitioner:
    """List a practitioner; the identity number is stored encrypted. certificates: title and number each.

    Raises FieldMissing, IdNumberInvalid, PractitionerTwice.
    """
    row = own(ctx, agency_id)
    for problem in rules.person_problems(name, certificates):
        raise problem
    number = rules.canonical_id_number(id_number, shanghai_date(ctx.now))
    index = ctx.keys.index("practitioner", number)
    if any(person.id_index == index for person in queries.practitioners(ctx, row.id)):
        raise PractitionerTwice(field="id_number")
    person = Practitioner(
        id=ctx.new_id(),
        agency_id=row.id,
        name=name.strip(),
        id_index=index,
        id_sealed=ctx.keys.encrypt(number.encode()),
        certificates=[{"title": paper["title"].strip(), "number": paper["number"].strip()} for paper in certificates],
        listed_at=ctx.now,
    )
    ctx.session.add(person)
    ctx.session.flush()
    titles = [paper["title"] for paper in person.certificates]
    ctx.record(events.PractitionerListed(subject=subject_of(row.id), practitioner_id=person.id, certificates=titles))
    return person


def remove_practitioner(ctx: Ctx, practitioner_id: str) -> None:
    """Take a practitioner off the list; the personal data go with the row. Raises PractitionerNotFound."""
    person = queries.practitioner(ctx, practitioner_id)
    if not is_own(ctx, person.agency_id):
        raise PractitionerNotFound
    row = own(ctx, person.agency_id)
    ctx.session.delete(person)
    ctx.session.flush()
    ctx.record(events.PractitionerRemoved(subject=subject_of(row.id), practitioner_id=practitioner_id))
