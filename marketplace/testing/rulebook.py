"""Builders for rules: a published version, and rules without a database."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries, rules, service
from marketplace.rulebook.models import RuleSet
from marketplace.rulebook.rules import COUNTRY, Entry, Rules, Setting


def a_version(ctx: Ctx, region: str = "320000", **over: Any) -> RuleSet:
    """A version of a region that holds from now on; `values` says what it changes."""
    facts: dict[str, Any] = {"values": {"award.publicity_workdays": 5}}
    return service.publish(ctx, region, **{**facts, **over})


def some_rules(region: str = COUNTRY, **over: Any) -> Rules:
    """The defaults with a few values changed (dots in keys written as __), for tests of pure rules."""
    definitions = queries.defaults().definitions
    base = {d.key: Entry(d.value, d.unit, d.source, d.unconfirmed, COUNTRY) for d in definitions.values()}
    wanted = {name.replace("__", "."): Setting(value) for name, value in over.items()}
    entries = rules.inherit([base, rules.checked(definitions, region, wanted)])
    return Rules(rules.digest(region, entries), region, entries)
