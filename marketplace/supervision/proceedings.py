"""Exit cases from the nightly sweep to the decision, and the sanctions that follow. Running contracts go on."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.agencies import queries as agencies
from marketplace.agencies import service as agencies_service
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.supervision import queries
from marketplace.supervision.errors import (
    DefenceClosed,
    DefenceStillRunning,
    ExitCaseAlreadyOpen,
    ExitRuleNotMet,
    OpenerMayNotDecide,
    SanctionNotLiftable,
)
from marketplace.supervision.events import DefenceFiled, ExitCaseDecided, ExitCaseOpened, SanctionEnded, SanctionLifted
from marketplace.supervision.exits import BY_NAME, EXIT_RULES, ExitRule, Facts, Numbers
from marketplace.supervision.models import ExitCase, Sanction
from marketplace.supervision.rules import (
    CASE_STATES,
    OPEN_CASES,
    SANCTION_STATES,
    Fact,
    basis_of,
    still_usable,
    term_end,
)


def sweep(ctx: Ctx) -> list[ExitCase]:
    """Ask every exit rule about every agency with findings; open a case for each rule that is met and not yet judged.

    Repeating it opens nothing new: a fact counts once per rule.
    """
    return [row for agency_id in queries.agencies_to_sweep(ctx) for row in _sweep_agency(ctx, agency_id)]


def open_case(ctx: Ctx, *, agency_id: str, rule: str, finding_ids: Sequence[str] | None = None) -> ExitCase:
    """立案: a regulator opens a case under a rule, on these findings or on all that are still usable.

    Raises ExitRuleNotMet, FindingNotFound, ExitCaseAlreadyOpen.
    """
    ctx.require("exit.decide")
    if rule not in BY_NAME:
        raise ExitRuleNotMet(field="rule")
    if finding_ids is not None:
        queries.findings_named(ctx, agency_id, finding_ids)
    rules = rulebook.rules_at(ctx, agencies.agency(ctx, agency_id).region, ctx.now)
    met = _met(ctx, agency_id, BY_NAME[rule], rules)
    chosen = [fact for fact in met if finding_ids is None or fact.id in finding_ids]
    if not BY_NAME[rule].predicate(Facts(agency_id, ctx.now, tuple(chosen)), rules):
        raise ExitRuleNotMet(field="rule")
    return _open(ctx, agency_id, BY_NAME[rule], chosen, rules, rules.id)


def defend(ctx: Ctx, case_id: str, *, text: str) -> ExitCase:
    """陈述申辩: the agency answers, and may add to its answer until the period ends.

    Raises NotYourCase, DefenceClosed.
    """
    ctx.require("agency.edit")
    row = queries.case_for_agency(ctx, case_id, lock=True)
    if ctx.now >= row.defence_due:
        raise DefenceClosed(field="text", until=_shown(row.defence_due))
    row.state = CASE_STATES.move(row.state, "defend")
    row.defence = f"{row.defence}\n\n{text}".strip()
    row.defended_at = ctx.now
    ctx.record(DefenceFiled(subject=_subject(row), case_id=row.id, number=row.number))
    return row


def decide_case(ctx: Ctx, case_id: str, *, confirm: bool, reason: str) -> ExitCase:
    """处理决定 by a person who did not open the case: the sanction of the rule, or dismissal.

    Raises OpenerMayNotDecide, DefenceStillRunning, WrongState.
    """
    ctx.require("exit.decide")
    row = queries.case(ctx, case_id, lock=True)
    if ctx.actor.login_id is not None and ctx.actor.login_id == row.opened_by:
        raise OpenerMayNotDecide
    if confirm and row.state == "noticed":
        if ctx.now < row.defence_due:
            raise DefenceStillRunning(until=_shown(row.defence_due))
        row.state = CASE_STATES.move(row.state, "expire")
    _close(ctx, row, "confirm" if confirm else "dismiss", reason)
    if confirm:
        _impose(ctx, row)
    return row


def expire_defence(ctx: Ctx, case_id: str) -> None:
    """The defence period ended without a word: the case may be decided now."""
    row = queries.case(ctx, case_id, lock=True)
    if row.state == "noticed":
        row.state = CASE_STATES.move(row.state, "expire")


def note_case_overdue(ctx: Ctx, case_id: str) -> None:
    """The time to decide is over: mark the case on the desk. Source: exit.decide_workdays."""
    row = queries.case(ctx, case_id, lock=True)
    row.overdue = row.decided_at is None


def end_sanction(ctx: Ctx, sanction_id: str) -> None:
    """The term is over: off the list. The agency's own standing ends by its own clock."""
    row = queries.sanction(ctx, sanction_id, lock=True)
    if row.state == "active":
        row.state = SANCTION_STATES.move(row.state, "end")
        ctx.record(SanctionEnded(subject=f"agency/{row.agency_id}", sanction_id=row.id))


def lift(ctx: Ctx, sanction_id: str, *, reason: str) -> Sanction:
    """解除: end a suspension before its term. Raises SanctionNotLiftable for a removal, WrongState."""
    ctx.require("exit.decide")
    row = queries.sanction(ctx, sanction_id, lock=True)
    if row.suspension_id is None:
        raise SanctionNotLiftable
    row.state = SANCTION_STATES.move(row.state, "lift")
    row.lifted_at, row.lift_reason = ctx.now, reason
    ctx.release("sanction.ends", row.id)
    agencies_service.reinstate(ctx, row.agency_id, suspension_id=row.suspension_id)
    ctx.record(SanctionLifted(subject=f"agency/{row.agency_id}", sanction_id=row.id, reason=reason))
    return row


def _sweep_agency(ctx: Ctx, agency_id: str) -> list[ExitCase]:
    rules = rulebook.rules_at(ctx, agencies.agency(ctx, agency_id).region, ctx.now)
    opened = []
    for rule in sorted(EXIT_RULES, key=lambda rule: not rule.removal):
        met = [] if _is_open(ctx, agency_id, rule) else _met(ctx, agency_id, rule, rules)
        if met:
            opened.append(_open(ctx, agency_id, rule, met, rules, rules.id))
    return opened


def _is_open(ctx: Ctx, agency_id: str, rule: ExitRule) -> bool:
    used = queries.used_facts(ctx, agency_id)
    return any(case.state in OPEN_CASES and case.rule == rule.name for case in used)


def _met(ctx: Ctx, agency_id: str, rule: ExitRule, rules: Numbers) -> list[Fact]:
    usable = still_usable(
        queries.facts(ctx, agency_id), queries.used_facts(ctx, agency_id), rule.name, removal=rule.removal
    )
    return list(rule.predicate(Facts(agency_id, ctx.now, tuple(usable)), rules))


def _open(ctx: Ctx, agency_id: str, rule: ExitRule, met: Sequence[Fact], rules: Numbers, ruleset_id: str) -> ExitCase:
    if _is_open(ctx, agency_id, rule):
        raise ExitCaseAlreadyOpen
    outcome = rule.consequence(rules, met)
    defence_due = rulebook.add_workdays(ctx, ctx.now, rules["exit.defence_workdays"])
    row = ExitCase(
        id=ctx.new_id(),
        number=ctx.number("QT"),
        agency_id=agency_id,
        rule=rule.name,
        basis=basis_of(fact.id for fact in met),
        finding_ids=sorted(fact.id for fact in met),
        consequence=outcome.kind,
        months=outcome.months,
        years=outcome.years,
        reach=outcome.reach,
        ruleset_id=ruleset_id,
        state="noticed",
        opened_at=ctx.now,
        opened_by=ctx.actor.login_id or ctx.actor.kind,
        defence_due=defence_due,
        decide_due=rulebook.add_workdays(ctx, defence_due, rules["exit.decide_workdays"]),
        overdue=False,
        defence="",
    )
    ctx.session.add(row)
    ctx.session.flush()
    _give_notice(ctx, row)
    return row


def _give_notice(ctx: Ctx, row: ExitCase) -> None:
    ctx.promise("exit.defence_ends", row.id, row.defence_due)
    ctx.promise("exit.decide_due", row.id, row.decide_due)
    ctx.record(
        ExitCaseOpened(
            subject=_subject(row),
            case_id=row.id,
            number=row.number,
            rule=row.rule,
            finding_ids=row.finding_ids,
            ruleset_id=row.ruleset_id,
        )
    )
    ctx.send(
        "notice.exit_case",
        {
            "organisation_id": row.agency_id,
            "number": row.number,
            "rule": row.rule,
            "until": row.defence_due.isoformat(),
        },
    )


def _close(ctx: Ctx, row: ExitCase, verb: str, reason: str) -> None:
    row.state = CASE_STATES.move(row.state, verb)
    row.reason = reason
    row.decided_at = ctx.now
    row.decided_by = ctx.actor.login_id or ctx.actor.kind
    row.deciding_body = queries.body_of(ctx)
    row.overdue = False
    ctx.release("exit.defence_ends", row.id)
    ctx.release("exit.decide_due", row.id)
    ctx.record(
        ExitCaseDecided(
            subject=f"agency/{row.agency_id}",
            case_id=row.id,
            number=row.number,
            rule=row.rule,
            decision=row.state,
            reason=reason,
        )
    )
    ctx.send("notice.exit_decided", {"organisation_id": row.agency_id, "number": row.number, "decision": row.state})


def _impose(ctx: Ctx, row: ExitCase) -> None:
    ends_at = term_end(ctx.now, months=row.months, years=row.years)
    suspension_id = None
    if row.consequence == "suspend":
        stop = agencies_service.suspend(ctx, row.agency_id, reason=row.reason, until=ends_at, reach=row.reach)
        suspension_id = stop.id
    else:
        agencies_service.expel(ctx, row.agency_id, reason=row.reason, until=ends_at)
        _drop_other_cases(ctx, row)
    sanction = Sanction(
        id=ctx.new_id(),
        case_id=row.id,
        agency_id=row.agency_id,
        kind=row.consequence,
        rule=row.rule,
        reach=row.reach,
        reason=row.reason,
        deciding_body=row.deciding_body,
        suspension_id=suspension_id,
        state="active",
        starts_at=ctx.now,
        ends_at=ends_at,
    )
    ctx.session.add(sanction)
    ctx.session.flush()
    ctx.promise("sanction.ends", sanction.id, ends_at)


def _drop_other_cases(ctx: Ctx, row: ExitCase) -> None:
    """An agency that is out needs no suspension any more."""
    others = queries.cases_of(row.agency_id).where(ExitCase.state.in_(OPEN_CASES), ExitCase.id != row.id)
    for other in ctx.session.scalars(others.order_by(ExitCase.id)).all():
        _close(ctx, other, "moot", row.reason)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _subject(row: ExitCase) -> str:
    return f"exit-case/{row.id}"
