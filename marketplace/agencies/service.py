"""What can be done with an agency: enter, describe itself, declare services; and every other verb by import.

Certificates and people are written in papers.py, the standing (suspend, expel, leave, grade) in standing.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete

from marketplace.agencies import events, queries, rules
from marketplace.agencies.errors import (
    AgencyAlreadyEntered,
    AgencyBarredUntil,
    QualificationRequired,
    ReentryNeedsSignIn,
    ScopeAlreadyHeld,
    ScopeEmpty,
    ScopeUnknown,
)
from marketplace.agencies.models import Agency, ServiceScope
from marketplace.agencies.papers import (
    add_practitioner,
    add_qualification,
    lapse,
    register,
    remove_practitioner,
    renew_qualification,
)
from marketplace.agencies.rules import Application, QualificationFacts
from marketplace.agencies.standing import (
    complete_check,
    end_suspension,
    expel,
    leave,
    locked,
    own,
    reinstate,
    restand,
    set_grade,
    subject_of,
    suspend,
)
from marketplace.identity import service as identity
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import rules_at

__all__ = [
    "add_practitioner",
    "add_qualification",
    "add_scope",
    "amend",
    "apply",
    "complete_check",
    "drop_scope",
    "end_suspension",
    "expel",
    "lapse",
    "leave",
    "reinstate",
    "remove_practitioner",
    "renew_qualification",
    "set_grade",
    "suspend",
]

_TRUSTED = frozenset({"system", "terminal"})


def apply(
    ctx: Ctx,
    *,
    name: str,
    uscc: str,
    entity_type: str,
    region: str,
    legal_representative: str,
    contact: str,
    phone: str,
    scopes: Iterable[str],
    commitments: Iterable[str],
    qualifications: Iterable[QualificationFacts] = (),
    introduction: str = "",
    username: str | None = None,
    password: str | None = None,
) -> Agency:
    """Enter the market by commitment (承诺即入驻): active at once when the form checks pass; no approval, no cap.

    username and password make a login with the role agency (all but the system must give them). Raises the first form
    problem with its field, AgencyAlreadyEntered, AgencyBarredUntil before an expulsion's term, ReentryNeedsSignIn
    for another's old entry.
    """
    form = Application(
        name=name.strip(),
        uscc=uscc,
        entity_type=entity_type,
        region=region,
        legal_representative=legal_representative.strip(),
        contact=contact.strip(),
        phone=phone.strip(),
        scopes=tuple(dict.fromkeys(scopes)),
        commitments=tuple(commitments),
        qualifications=tuple(qualifications),
        introduction=introduction.strip(),
    )
    return _admit(ctx, form, username, password)


def _admit(ctx: Ctx, form: Application, username: str | None, password: str | None) -> Agency:
    problems = queries.entry_problems(ctx, form)
    if problems:
        raise problems[0]
    known = queries.find_by_uscc(ctx, form.uscc)
    row = _enter_again(ctx, known, form) if known else _enter(ctx, form)
    _declare(ctx, row, form, again=known is not None)
    if known is None and (username or password or ctx.actor.kind not in _TRUSTED):
        login = identity.create_login(
            ctx, username=username or "", name=form.contact, password=password or "", context=[form.name]
        )
        identity.grant(ctx, login_id=login.id, organisation_id=row.id, role="agency")
    return row


def _enter(ctx: Ctx, form: Application) -> Agency:
    uscc = canonical_uscc(form.uscc)
    organisation = identity.create_organisation(ctx, kind="agency", name=form.name, uscc=uscc, region=form.region)
    row = Agency(id=organisation.id, uscc=uscc, standing="active", is_new=True, check_note="", search_text="")
    _fill(ctx, row, form)
    ctx.session.add(row)
    ctx.session.flush()
    return row


def _enter_again(ctx: Ctx, known: Agency, form: Application) -> Agency:
    row = locked(ctx, known.id)
    if row.standing in rules.IN_MARKET:
        raise AgencyAlreadyEntered(field="uscc")
    if row.standing == "expelled" and row.barred_until is not None and ctx.now < row.barred_until:
        raise AgencyBarredUntil(field="uscc", until=shanghai_date(row.barred_until).isoformat())
    if ctx.actor.kind not in _TRUSTED and ctx.actor.organisation_id != row.id:
        raise ReentryNeedsSignIn(field="uscc")
    if (row.name, row.region) != (form.name, form.region):
        identity.amend_organisation(ctx, row.id, name=form.name, region=form.region)
    row.standing = rules.STANDING.move(row.standing, "enter")
    row.left_at = row.barred_until = None
    ctx.session.execute(delete(ServiceScope).where(ServiceScope.agency_id == row.id))
    _fill(ctx, row, form)
    restand(ctx, row)
    return row


def _fill(ctx: Ctx, row: Agency, form: Application) -> None:
    row.name, row.entity_type, row.region = form.name, form.entity_type, form.region
    row.legal_representative, row.contact, row.phone = form.legal_representative, form.contact, form.phone
    row.introduction, row.commitments = form.introduction, list(form.commitments)
    row.entered_at, row.checked_at, row.check_due_at = ctx.now, None, None
    book = rules_at(ctx, row.region, ctx.now)
    if rules.sampled(ctx.entropy(8), book["registration.after_check_sample_pct"]):
        row.check_due_at = ctx.now + timedelta(days=book["registration.after_check_days"])


def _declare(ctx: Ctx, row: Agency, form: Application, *, again: bool) -> None:
    for code in form.scopes:
        ctx.session.add(ServiceScope(id=ctx.new_id(), agency_id=row.id, item_code=code, declared_at=ctx.now))
    ctx.session.flush()
    _index(ctx, row)
    ctx.record(
        events.AgencyAdmitted(
            subject=subject_of(row.id),
            name=row.name,
            uscc=row.uscc,
            entity_type=row.entity_type,
            region=row.region,
            scopes=list(form.scopes),
            commitments=list(form.commitments),
            again=again,
        )
    )
    for paper in form.qualifications:
        register(ctx, row, paper)


def _index(ctx: Ctx, row: Agency) -> None:
    codes = [scope.item_code for scope in queries.scopes(ctx, row.id)]
    names = [item.name for item in queries.item_facts(ctx, codes).values()]
    place = rules.PROVINCES.get(f"{row.region[:2]}0000", "")
    row.search_text = "\n".join(rules.plain(text) for text in (row.name, row.uscc, place, *names, row.introduction))
    ctx.session.flush()


def amend(
    ctx: Ctx, agency_id: str, *, legal_representative: str, contact: str, phone: str, introduction: str
) -> Agency:
    """Change what an agency says of itself; name and code change only with a new registration."""
    row = own(ctx, agency_id)
    new = {
        "legal_representative": legal_representative.strip(),
        "contact": contact.strip(),
        "phone": phone.strip(),
        "introduction": introduction.strip(),
    }
    for problem in rules.detail_problems(new):
        raise problem
    changed = [name for name, value in new.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, new[name])
    if changed:
        _index(ctx, row)
        ctx.record(events.AgencyProfileAmended(subject=subject_of(row.id), changed=changed))
    return row


def add_scope(ctx: Ctx, agency_id: str, item_code: str) -> ServiceScope:
    """Declare one more item. Raises ScopeUnknown, ScopeAlreadyHeld, and QualificationRequired for licence and cma."""
    row, item = own(ctx, agency_id), queries.item_fact(ctx, item_code)
    if not item.kept:
        raise ScopeUnknown(field="item_code", item=item_code)
    if any(scope.item_code == item_code for scope in queries.scopes(ctx, agency_id)):
        raise ScopeAlreadyHeld(field="item_code")
    today = shanghai_date(ctx.now)
    if item.mode in rules.STATUTORY_MODES and not queries.holds_valid(ctx, agency_id, item_code, today):
        raise QualificationRequired(field="item_code", item=item.name)
    scope = ServiceScope(id=ctx.new_id(), agency_id=agency_id, item_code=item_code, declared_at=ctx.now)
    ctx.session.add(scope)
    ctx.session.flush()
    _index(ctx, row)
    ctx.record(events.ScopeDeclared(subject=subject_of(agency_id), item_code=item_code))
    return scope


def drop_scope(ctx: Ctx, agency_id: str, item_code: str) -> None:
    """Give up one item; the last one stays (leaving the market is another verb). Unknown items are ignored."""
    row, held = own(ctx, agency_id), queries.scopes(ctx, agency_id)
    dropped = [scope for scope in held if scope.item_code == item_code]
    if len(dropped) == len(held):
        raise ScopeEmpty(field="item_code")
    for scope in dropped:
        ctx.session.delete(scope)
        ctx.session.flush()
        _index(ctx, row)
        ctx.record(events.ScopeDropped(subject=subject_of(agency_id), item_code=item_code))
