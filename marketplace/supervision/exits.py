"""清退规则: the exit rules as a list of (name, predicate, consequence). Pure; the numbers are the rulebook's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from marketplace.supervision.rules import Fact, reach_of, remove_causes, within_months


class Numbers(Protocol):
    """The rules in force, by key."""

    def __getitem__(self, key: str) -> Any:
        """The value of a key."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a predicate may look at."""

    agency_id: str
    now: datetime
    findings: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows: "suspend" for months with a reach, or "remove" with years before re-entry."""

    kind: str
    months: int = 0
    years: int = 0
    reach: str = "all"


Predicate = Callable[[Facts, Numbers], Sequence[Fact]]
Outcome = Callable[[Numbers, Sequence[Fact]], Consequence]


class ExitRule(NamedTuple):
    """A rule. The predicate returns the facts that meet it, empty when it is not met."""

    name: str
    predicate: Predicate
    consequence: Outcome

    @property
    def removal(self) -> bool:
        """Whether the rule ends in removal; such rules are asked first."""
        return self.name in REMOVALS


REMOVALS = ("qualification_fraud", "collusion", "bribery", "qualification_penalty", "repeated_complaints")


def _one(kind: str) -> Predicate:
    """One decided finding of the kind is enough; several make one case."""
    return lambda facts, _rules: [fact for fact in facts.findings if fact.kind == kind]


def _removing(name: str, inner: Predicate) -> Predicate:
    """Only where the jurisdiction removes for this cause."""
    return lambda facts, rules: inner(facts, rules) if name in remove_causes({_CAUSES: rules[_CAUSES]}) else ()


_CAUSES = "exit.remove.causes"


def _repeated_complaints(facts: Facts, rules: Numbers) -> Sequence[Fact]:
    verified = [fact for fact in facts.findings if fact.by_complaint or fact.kind == "complaint_verified"]
    recent = within_months(verified, facts.now, rules["exit.remove.complaints_months"])
    return recent if len(recent) >= rules["exit.remove.complaints"] else ()


def _late_again(facts: Facts, rules: Numbers) -> Sequence[Fact]:
    late = [fact for fact in facts.findings if fact.kind == "late"]
    recent = within_months(late, facts.now, rules["exit.late_months"])
    return recent if len(recent) >= rules["exit.late_times"] else ()


def _suspend(cause: str, reach: str) -> Outcome:
    return lambda rules, facts: Consequence(
        "suspend",
        months=rules[f"exit.suspend_months.{cause}"],
        reach=reach_of(rules["exit.reach"], reach, facts),
    )


def _remove(cause: str) -> Outcome:
    return lambda rules, _facts: Consequence("remove", years=rules[f"exit.reentry_years.{cause}"])


EXIT_RULES: tuple[ExitRule, ...] = (
    ExitRule("qualification_fraud", _removing("qualification_fraud", _one("qualification_fraud")), _remove("fraud")),
    ExitRule("collusion", _removing("collusion", _one("collusion")), _remove("collusion")),
    ExitRule("bribery", _removing("bribery", _one("bribery")), _remove("other")),
    ExitRule(
        "qualification_penalty", _removing("qualification_penalty", _one("qualification_penalty")), _remove("other")
    ),
    ExitRule("repeated_complaints", _removing("repeated_complaints", _repeated_complaints), _remove("other")),
    ExitRule("forged_data", _one("forged_data"), _suspend("forged_data", "all")),
    ExitRule("refuse_contract", _one("refuse_contract"), _suspend("refuse_contract", "all")),
    ExitRule("poor_result", _one("poor_result"), _suspend("poor_result", "service")),
    ExitRule("late_again", _late_again, _suspend("late", "service")),
    ExitRule("complaint", _one("complaint_verified"), _suspend("complaint", "service")),
)
BY_NAME = {rule.name: rule for rule in EXIT_RULES}
