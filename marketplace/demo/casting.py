"""Everybody enters: agencies by commitment, enterprises by themselves, departments with a budget line each."""

from datetime import timedelta
from typing import Any

from marketplace.agencies import service as agencies
from marketplace.agencies.rules import COMMITMENTS, QualificationFacts
from marketplace.budgets import service as budgets
from marketplace.buyers import service as buyers
from marketplace.catalogue import queries as catalogue
from marketplace.demo.stage import Stage
from marketplace.identity import service as identity
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import parse_yuan
from marketplace.payments import service as payments

STATUTORY = frozenset({"licence", "cma"})
VALID_DAYS = 365 * 3


def enter(stage: Stage) -> None:
    """Bring the whole cast into the market."""
    for part in stage.cast["officials"]:
        _official(stage, part)
    for part in stage.cast["agencies"]:
        _agency(stage, part)
    for part in stage.cast["enterprises"]:
        _buyer(stage, part, "enterprise")
    for part in stage.cast["departments"]:
        _buyer(stage, part, "department")
        _finance(stage, part)


def _official(stage: Stage, part: dict[str, Any]) -> None:
    with stage.acting() as ctx:
        made = identity.create_organisation(
            ctx, kind=part["kind"], name=part["name"], uscc=_uscc(part, "11"), region=stage.cast["region"]
        )
        _login(stage, ctx, part["username"], part["person"], made.id, part["role"])
        for username, person, role in part.get("colleagues", []):
            _login(stage, ctx, username, person, made.id, role)
        stage.organisation[part["username"]] = made.id


def _agency(stage: Stage, part: dict[str, Any]) -> None:
    with stage.acting() as ctx:
        papers = [paper for code in part["scopes"] if (paper := _paper(ctx, code, part["name"]))]
        made = agencies.apply(
            ctx,
            name=part["name"],
            uscc=_uscc(part, "92" if "entity_type" in part else "91"),
            entity_type=part.get("entity_type", "legal_person"),
            region=part.get("region", stage.cast["region"]),
            legal_representative=part["person"],
            contact=part["person"],
            phone=part["phone"],
            scopes=part["scopes"],
            commitments=list(COMMITMENTS),
            qualifications=papers,
            introduction=part["introduction"],
            username=part["username"],
            password=stage.cast["password"],
        )
        stage.organisation[part["username"]] = made.id
    with stage.acting(part["username"]) as ctx:
        payments.set_payee(ctx, made.id, kind="alipay_logon_id", account=f"{part['username']}@example.com")


def _paper(ctx: Ctx, code: str, holder: str) -> QualificationFacts | None:
    item = catalogue.item(ctx, code)
    if item.qualification_mode not in STATUTORY:
        return None
    today = shanghai_date(ctx.now)
    return QualificationFacts(
        item_code=code,
        title=item.qualifications[0],
        number=f"苏资{int.from_bytes(ctx.entropy(3), 'big'):08d}号",
        holder=holder,
        valid_from=today - timedelta(days=30),
        valid_to=today + timedelta(days=VALID_DAYS),
    )


def _buyer(stage: Stage, part: dict[str, Any], kind: str) -> None:
    with stage.acting() as ctx:
        made = buyers.register(
            ctx,
            kind=kind,
            name=part["name"],
            uscc=_uscc(part, "11" if kind == "department" else "91"),
            region=stage.cast["region"],
            contact=part["person"],
            phone=part["phone"],
            username=part["username"],
            password=stage.cast["password"],
        )
        stage.organisation[part["username"]] = made.id


def _finance(stage: Stage, part: dict[str, Any]) -> None:
    """Maker and checker of the department's payments, and its budget line."""
    department = stage.organisation[part["username"]]
    with stage.acting() as ctx:
        for username, person in part["finance"]:
            _login(stage, ctx, username, person, department, "finance")
    facts = dict(part["line"])
    with stage.acting(part["finance"][0][0]) as ctx:
        line = budgets.appropriate(
            ctx,
            department_id=department,
            fiscal_year=shanghai_date(ctx.now).year,
            amount_fen=parse_yuan(facts.pop("amount")),
            **facts,
        )
        stage.line[part["username"]] = line.id


def _login(stage: Stage, ctx: Ctx, username: str, person: str, organisation_id: str, role: str) -> None:
    login = identity.create_login(ctx, username=username, name=person, password=stage.cast["password"])
    identity.grant(ctx, login_id=login.id, organisation_id=organisation_id, role=role)


def _uscc(part: dict[str, Any], register: str) -> str:
    return make_uscc(part["username"], register=register, region="320800")
