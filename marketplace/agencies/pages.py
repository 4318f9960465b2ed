"""HTML door of the agencies: directory, public page, entry, after-check. The agency's own pages stand in own.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries, receipts, rules, service
from marketplace.agencies.models import Agency
from marketplace.agencies.own import Errors, door, known_part, told
from marketplace.agencies.rules import Application, QualificationFacts
from marketplace.agencies.schemas import (
    LABELS,
    AfterCheckIn,
    AgencyPartyIn,
    AgencyPledgeIn,
    CertificateIn,
    DirectoryQuery,
)
from marketplace.identity.masks import mask_person, mask_phone
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

__all__ = ["door", "receipts"]

CERTIFICATE_PARTS = tuple(CertificateIn().fields)
CHECKED = {"checked": "抽查结果已记录", "failed": "抽查结果已记录；不符合承诺的，请监管部门作出认定"}
_PLEDGED = frozenset({"back", *AgencyPledgeIn().fields})


def _options(name: str) -> list[tuple[str, str]]:
    return [(code, t(text)) for code, text in LABELS[name].items()]


def _regions() -> list[tuple[str, str]]:
    return [(code, t(name)) for code, name in rules.PROVINCES.items()]


# The directory and the public page.


@door.get("/agencies")
@public
@unit_of_work
def listing(ctx: Ctx) -> str:
    """The directory with filters and search; two-character words are found."""
    asked, _ = form_of(DirectoryQuery, {name: request.args.get(name, "") for name in DirectoryQuery().fields})
    wanted = queries.directory(
        text=asked.get("q", ""),
        item_code=asked.get("item", ""),
        region=asked.get("region", ""),
        stars=asked.get("stars"),
        standing=asked.get("standing", ""),
    )
    return render(
        "marketplace/agencies/list.html",
        page=page_of(ctx.session, wanted, key=(Agency.id,), descending=True, cursor=asked.get("after")),
        items=[(item.code, item.name) for item in queries.item_facts(ctx).values()],
        regions=_regions(),
        provinces=rules.PROVINCES,
        standings=_options("agency.standing"),
    )


@door.get("/agencies/join")
@public
def join_here() -> ResponseReturnValue:
    """The other address of the entry journey."""
    return see_other(url_for("marketplace_agencies.join"))


@door.get("/agencies/<uscc>")
@public
@unit_of_work
def show(ctx: Ctx, uscc: str) -> str:
    """The public page of an agency: services, certificates, masked people, grade, standing."""
    row = queries.by_uscc(ctx, uscc)
    return render(
        "marketplace/agencies/agency.html",
        agency=row,
        items=queries.item_facts(ctx),
        scopes=queries.scopes(ctx, row.id),
        qualifications=queries.qualifications(ctx, row.id),
        people=[(mask_person(person.name), person) for person in queries.practitioners(ctx, row.id)],
        contact=(mask_person(row.contact), mask_phone(row.phone)),
        suspensions=[bar.say(t) for bar in queries.suspension_bars(ctx, row.id)],
        provinces=rules.PROVINCES,
        commitments=rules.COMMITMENTS,
    )


# Entry: choose services, fill in, check and commit, receipt.


@door.get("/agency/join")
@public
@unit_of_work
def join(ctx: Ctx) -> ResponseReturnValue:
    """First page: which services. The choice travels in the address."""
    if request.args.getlist("scopes"):
        return see_other(url_for("marketplace_agencies.join_details", scopes=request.args.getlist("scopes")))
    errors: Errors = {"scopes": [t("请至少选择一项服务事项")]} if "go" in request.args else {}
    kept = [(item.code, item.name) for item in queries.item_facts(ctx).values() if item.kept]
    page = render("marketplace/agencies/join_scopes.html", items=kept, form=request.args, errors=errors)
    return page, 422 if errors else 200


@door.get("/agency/join/details")
@public
@unit_of_work
def join_details(ctx: Ctx) -> ResponseReturnValue:
    """Second page: who you are, and certificates only for services that need one by statute."""
    if not request.args.getlist("scopes"):
        return see_other(url_for("marketplace_agencies.join"))
    return _details(ctx, {**_known_details(ctx), "scopes": request.args.getlist("scopes")}, {})


@door.post("/agency/join/details")
@public
@unit_of_work
def check_details(ctx: Ctx) -> ResponseReturnValue:
    """Third page when everything is filled in, the second again with every error at its field when not."""
    form, errors = _read_entry(ctx)
    if "back" in request.form or errors:
        return _details(ctx, _as_mapping(), errors), 422 if errors else 200
    assert form is not None
    return _check(ctx, form, {})


@door.post("/agency/join/confirm")
@public
@unit_of_work
def confirm(ctx: Ctx) -> ResponseReturnValue:
    """Enter. A refusal shows the check page again with its reason."""
    form, errors = _read_entry(ctx)
    if form is None or errors:
        return _details(ctx, _as_mapping(), errors), 422
    pledge, wrong = form_of(AgencyPledgeIn, known_part(AgencyPledgeIn))
    if wrong:
        return _check(ctx, form, wrong), 422
    facts = {name: getattr(form, name) for name in Application.__dataclass_fields__}
    try:
        row = service.apply(ctx, **{**facts, **pledge})
    except DomainError as refused:
        return _check(ctx, form, told([refused])), 422
    return see_other(url_for("marketplace_agencies.receipt", uscc=row.uscc))


def _known_details(ctx: Ctx) -> dict[str, Any]:
    """What we know already of one who comes back."""
    if not ctx.actor.organisation_id or not ctx.actor.may("agency.edit"):
        return {}
    row = queries.agency(ctx, ctx.actor.organisation_id)
    names = ("name", "uscc", "entity_type", "region", "legal_representative", "contact", "phone", "introduction")
    return {name: getattr(row, name) for name in names}


def _as_mapping() -> dict[str, Any]:
    return {**request.form.to_dict(), "scopes": request.form.getlist("scopes")}


def _statutory(ctx: Ctx, codes: list[str]) -> list[rules.ScopeItem]:
    return [item for item in queries.item_facts(ctx, codes).values() if item.mode in rules.STATUTORY_MODES]


def _read_entry(ctx: Ctx) -> tuple[Application | None, Errors]:
    """The entry form as posted, with every error by field; commitments are asked for on the page after."""
    data, errors = form_of(AgencyPartyIn, known_part(AgencyPartyIn))
    papers: list[QualificationFacts] = []
    for item in _statutory(ctx, request.form.getlist("scopes")):
        paper, wrong = _read_certificate(item.code, request.form.get("name", "").strip())
        papers += [paper] if paper else []
        errors.update(wrong)
    if errors:
        return None, errors
    pledged = tuple(rules.COMMITMENTS)
    form = Application(**{**data, "scopes": tuple(data["scopes"])}, commitments=pledged, qualifications=tuple(papers))
    return form, told(queries.entry_problems(ctx, form))


def _read_certificate(code: str, holder: str) -> tuple[QualificationFacts | None, Errors]:
    names = {part: f"qualification_{code}_{part}" for part in CERTIFICATE_PARTS}
    data, wrong = form_of(CertificateIn, {part: request.form.get(name, "") for part, name in names.items()})
    if wrong:
        return None, {names[part]: messages for part, messages in wrong.items()}
    return QualificationFacts(item_code=code, holder=holder, **data), {}


def _details(ctx: Ctx, form: Mapping[str, Any], errors: Errors) -> str:
    codes = list(form["scopes"])
    return render(
        "marketplace/agencies/join_details.html",
        form=form,
        errors=errors,
        chosen=queries.item_facts(ctx, codes),
        statutory=_statutory(ctx, codes),
        entity_types=_options("agency.entity_type"),
        regions=_regions(),
    )


def _check(ctx: Ctx, form: Application, errors: Errors) -> str:
    return render(
        "marketplace/agencies/join_check.html",
        application=form,
        posted=[(name, value) for name, value in request.form.items(multi=True) if name not in _PLEDGED],
        form=request.form,
        errors=errors,
        chosen=queries.item_facts(ctx, form.scopes),
        provinces=rules.PROVINCES,
        commitments=[(code, t(text)) for code, text in rules.COMMITMENTS.items()],
        newcomer=queries.find_by_uscc(ctx, form.uscc) is None,
    )


# The after-check: entries drawn for it, and the result of each.


@door.get("/ops/checks")
@requires("agency.check")
@unit_of_work
def checks(ctx: Ctx) -> str:
    """Entries drawn for the after-check and not yet checked."""
    page = page_of(ctx.session, queries.after_checks(), key=(Agency.id,), cursor=request.args.get("after"))
    return render("marketplace/agencies/checks.html", page=page, done=t(CHECKED.get(request.args.get("done", ""), "")))


@door.get("/ops/checks/<uscc>")
@requires("agency.check")
@unit_of_work
def check(ctx: Ctx, uscc: str) -> str:
    """What an agency declared, and the form for the result."""
    return _checking(ctx, uscc, {}, {})


@door.post("/ops/checks/<uscc>")
@requires("agency.check")
@unit_of_work
def note_check(ctx: Ctx, uscc: str) -> ResponseReturnValue:
    """Put the result of the after-check on record."""
    data, errors = form_of(AfterCheckIn, request.form)
    if errors:
        return _checking(ctx, uscc, request.form, errors), 422
    service.complete_check(ctx, queries.by_uscc(ctx, uscc).id, **data)
    return see_other(url_for("marketplace_agencies.checks"), done="checked" if data["passed"] else "failed")


def _checking(ctx: Ctx, uscc: str, form: Any, errors: Errors) -> str:
    row = queries.by_uscc(ctx, uscc)
    return render(
        "marketplace/agencies/check.html",
        agency=row,
        items=queries.item_facts(ctx),
        qualifications=queries.qualifications(ctx, row.id),
        commitments=rules.COMMITMENTS,
        form=form,
        errors=errors,
    )
