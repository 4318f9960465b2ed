"""HTML door of the agencies, the part behind the sign-in: profile, services, certificates, people, leaving."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries, rules, service
from marketplace.agencies.models import Agency
from marketplace.agencies.schemas import AgencyDetailsIn, CertificateIn, PractitionerIn, QualificationRenewalIn
from marketplace.identity.masks import mask_person
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, page_door, render, requires, see_other, unit_of_work
from marketplace.web.language import t

door = page_door("agencies", __name__)

DONE = {
    "saved": "已保存",
    "scope_added": "服务事项已添加，立即生效",
    "scope_dropped": "服务事项已移除",
    "qualification_added": "资质证书已登记，立即生效",
    "qualification_renewed": "延续已登记，立即生效",
    "person_added": "执业人员已登记",
    "person_removed": "执业人员已移除",
    "left": "已退出服务超市，可随时重新入驻",
}
Errors = dict[str, list[str]]


def told(problems: Iterable[DomainError]) -> Errors:
    """Refusals as form errors: the sentence and what to do, at the field."""
    errors: Errors = {}
    for problem in problems:
        problem.facts = {name: t(value) if isinstance(value, str) else value for name, value in problem.facts.items()}
        words = "。".join(filter(None, (problem.say(t), problem.advise(t))))
        errors.setdefault(problem.field or "_", []).append(words)
    return errors


def known_part(schema: type[Any]) -> Any:
    """The part of the posted form that a schema knows."""
    kept = request.form.copy()
    for name in [name for name in kept if name not in schema().fields]:
        kept.poplist(name)
    return kept


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _mine(ctx: Ctx) -> Agency:
    return queries.agency(ctx, ctx.actor.organisation_id or "")


@door.get("/agency/profile")
@requires("agency.edit")
@unit_of_work
def profile(ctx: Ctx) -> str:
    """What my agency says of itself, its services and its standing."""
    row = _mine(ctx)
    return _profile(ctx, row, {name: getattr(row, name) for name in AgencyDetailsIn().fields}, {})


@door.post("/agency/profile")
@requires("agency.edit")
@unit_of_work
def save_profile(ctx: Ctx) -> ResponseReturnValue:
    """Store what my agency says of itself."""
    row = _mine(ctx)
    data, errors = form_of(AgencyDetailsIn, request.form)
    if errors:
        return _profile(ctx, row, request.form, errors), 422
    try:
        service.amend(ctx, row.id, **data)
    except DomainError as refused:
        return _profile(ctx, row, request.form, told([refused])), 422
    return see_other(url_for("marketplace_agencies.profile"), done="saved")


def _profile(ctx: Ctx, row: Agency, form: Any, errors: Errors) -> str:
    items, held = queries.item_facts(ctx), queries.scopes(ctx, row.id)
    codes = {scope.item_code for scope in held}
    return render(
        "marketplace/agencies/profile.html",
        agency=row,
        form=form,
        errors=errors,
        items=items,
        scopes=held,
        addable=[(item.code, item.name) for item in items.values() if item.kept and item.code not in codes],
        suspensions=[bar.say(t) for bar in queries.suspension_bars(ctx, row.id)],
        provinces=rules.PROVINCES,
        done=_done(),
    )


@door.post("/agency/scopes")
@requires("agency.edit")
@unit_of_work
def add_scope(ctx: Ctx) -> ResponseReturnValue:
    """Declare one more service, or say why not at its field."""
    row = _mine(ctx)
    try:
        service.add_scope(ctx, row.id, request.form.get("item_code", ""))
    except DomainError as refused:
        form = {name: getattr(row, name) for name in AgencyDetailsIn().fields}
        return _profile(ctx, row, {**form, **request.form.to_dict()}, told([refused])), 422
    return see_other(url_for("marketplace_agencies.profile"), done="scope_added")


@door.post("/agency/scopes/<item_code>/drop")
@requires("agency.edit")
@unit_of_work
def drop_scope(ctx: Ctx, item_code: str) -> ResponseReturnValue:
    """Give up one service."""
    service.drop_scope(ctx, _mine(ctx).id, item_code)
    return see_other(url_for("marketplace_agencies.profile"), done="scope_dropped")


@door.get("/agency/qualifications")
@requires("agency.edit")
@unit_of_work
def qualifications(ctx: Ctx) -> str:
    """My certificates, what ends soon, and the form of a new one."""
    return _qualifications(ctx, {}, {})


@door.post("/agency/qualifications")
@requires("agency.edit")
@unit_of_work
def add_qualification(ctx: Ctx) -> ResponseReturnValue:
    """Register a certificate."""
    row = _mine(ctx)
    data, errors = form_of(CertificateIn, known_part(CertificateIn))
    if errors:
        return _qualifications(ctx, request.form, errors), 422
    try:
        code = request.form.get("item_code", "")
        service.add_qualification(ctx, row.id, item_code=code, holder=row.name, **data)
    except DomainError as refused:
        return _qualifications(ctx, request.form, told([refused])), 422
    return see_other(url_for("marketplace_agencies.qualifications"), done="qualification_added")


def _qualifications(ctx: Ctx, form: Any, errors: Errors) -> str:
    row, items = _mine(ctx), queries.item_facts(ctx)
    papers = queries.qualifications(ctx, row.id)
    return render(
        "marketplace/agencies/qualifications.html",
        agency=row,
        form=form,
        errors=errors,
        items=items,
        choices=[(item.code, item.name) for item in items.values() if item.kept],
        qualifications=papers,
        renewed={paper.renews_id for paper in papers},
        warnings=queries.expiring(ctx, row.id),
        done=_done(),
    )


@door.get("/agency/qualifications/<qualification_id>/renew")
@requires("agency.edit")
@unit_of_work
def renewal(ctx: Ctx, qualification_id: str) -> str:
    """The form of a renewal."""
    return _renewal(ctx, qualification_id, {}, {})


@door.post("/agency/qualifications/<qualification_id>/renew")
@requires("agency.edit")
@unit_of_work
def renew(ctx: Ctx, qualification_id: str) -> ResponseReturnValue:
    """Register a renewal."""
    data, errors = form_of(QualificationRenewalIn, request.form)
    if errors:
        return _renewal(ctx, qualification_id, request.form, errors), 422
    try:
        service.renew_qualification(ctx, qualification_id, **data)
    except DomainError as refused:
        return _renewal(ctx, qualification_id, request.form, told([refused])), 422
    return see_other(url_for("marketplace_agencies.qualifications"), done="qualification_renewed")


def _renewal(ctx: Ctx, qualification_id: str, form: Any, errors: Errors) -> str:
    paper = queries.own_qualification(ctx, _mine(ctx).id, qualification_id)
    item = queries.item_fact(ctx, paper.item_code)
    return render("marketplace/agencies/renew.html", paper=paper, item=item, form=form, errors=errors)


@door.get("/agency/people")
@requires("agency.edit")
@unit_of_work
def people(ctx: Ctx) -> str:
    """My practitioners and the form of a new one."""
    return _people(ctx, {}, {})


@door.post("/agency/people")
@requires("agency.edit")
@unit_of_work
def add_person(ctx: Ctx) -> ResponseReturnValue:
    """List a practitioner."""
    data, errors = form_of(PractitionerIn, request.form)
    if errors:
        return _people(ctx, request.form, errors), 422
    certificate = {"title": data["certificate_title"], "number": data["certificate_number"]}
    try:
        service.add_practitioner(
            ctx, _mine(ctx).id, name=data["name"], id_number=data["id_number"], certificates=[certificate]
        )
    except DomainError as refused:
        return _people(ctx, request.form, told([refused])), 422
    return see_other(url_for("marketplace_agencies.people"), done="person_added")


@door.post("/agency/people/<practitioner_id>/remove")
@requires("agency.edit")
@unit_of_work
def remove_person(ctx: Ctx, practitioner_id: str) -> ResponseReturnValue:
    """Take a practitioner off the list."""
    service.remove_practitioner(ctx, practitioner_id)
    return see_other(url_for("marketplace_agencies.people"), done="person_removed")


def _people(ctx: Ctx, form: Any, errors: Errors) -> str:
    row = _mine(ctx)
    rows = [(person, mask_person(person.name)) for person in queries.practitioners(ctx, row.id)]
    return render("marketplace/agencies/people.html", agency=row, people=rows, form=form, errors=errors, done=_done())


@door.get("/agency/leave")
@requires("agency.leave")
@unit_of_work
def leaving(ctx: Ctx) -> str:
    """What leaving means, and whether it is possible now."""
    return _leaving(ctx, {})


@door.post("/agency/leave")
@requires("agency.leave")
@unit_of_work
def leave(ctx: Ctx) -> ResponseReturnValue:
    """Leave the market."""
    row = _mine(ctx)
    try:
        service.leave(ctx, row.id, open_contracts=queries.open_engagements(ctx, row.id))
    except DomainError as refused:
        return _leaving(ctx, told([refused])), 422
    return see_other(url_for("marketplace_agencies.leaving"), done="left")


def _leaving(ctx: Ctx, errors: Errors) -> str:
    row = _mine(ctx)
    count = queries.open_engagements(ctx, row.id)
    return render("marketplace/agencies/leave.html", agency=row, count=count, errors=errors, done=_done())
