"""Pure rules of the rulebook: keys, units, inheritance from country to county, and what no region may set."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.rulebook.errors import (
    RegionInvalid,
    RuleLocked,
    RuleNotSettable,
    RuleValueInvalid,
    UnknownRule,
)

COUNTRY = "000000"

# unit → what a value of it is; a yuan here is a whole yuan, prices everywhere else are fen.
UNITS: dict[str, str] = {
    **dict.fromkeys(("workday", "day", "month", "year", "hour", "minute", "second"), "int"),
    **dict.fromkeys(("percent", "basis_point", "hundredth", "count", "point", "star", "megabyte", "yuan"), "int"),
    "flag": "flag",
    "choice": "text",
    "list": "texts",
    "day_list": "ints",
}

# Words that would cap numbers, regions or trades even under a new key name.
_CAP = re.compile(
    r"^(registration|posting|scope)\..*(number|region|trade|industry|department|local).*(cap|limit|quota)"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One key as defaults.toml defines it: value, unit, titles, source, and what a region may set.

    stated: a region's own practice, shown and passed on with its rules; nothing in the market follows from it.
    """

    key: str
    value: Any
    unit: str
    title: str
    title_en: str
    source: str
    unconfirmed: bool = False
    locked: bool = False
    stated: bool = False
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One value in force: with its unit, its source, the region it comes from, and whether it is unconfirmed."""

    value: Any
    unit: str
    source: str
    unconfirmed: bool
    region: str

    def data(self) -> dict[str, Any]:
        """JSON form, the one that is hashed and stored."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {
            "value": value,
            "unit": self.unit,
            "source": self.source,
            "unconfirmed": self.unconfirmed,
            "region": self.region,
        }


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that a region sets, with its source."""

    value: Any
    source: str = ""
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What one region itself sets from one instant on."""

    region: str
    valid_from: datetime
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Rules:
    """All values in force for one region at one time. `id` names exactly this content."""

    id: str
    region: str
    entries: Mapping[str, Entry]

    def __getitem__(self, key: str) -> Any:
        """The Python value of a key (int, bool, str, tuple). Raises UnknownRule."""
        return self.entry(key).value

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def entry(self, key: str) -> Entry:
        """The value with unit, source and region. Raises UnknownRule."""
        if key not in self.entries:
            raise UnknownRule(key=key)
        return self.entries[key]

    def fen(self, key: str) -> int:
        """A key in yuan as integer fen. Raises UnknownRule, also for a key that is not money."""
        found = self.entry(key)
        if found.unit != "yuan":
            raise UnknownRule(key=key)
        return int(found.value) * 100


def parent_of(region: str) -> str | None:
    """The next division up by prefix: county → city → province → country → None."""
    if region == COUNTRY:
        return None
    if not region.endswith("00"):
        return region[:4] + "00"
    return region[:2] + "0000" if region[2:4] != "00" else COUNTRY


def lineage(region: str) -> tuple[str, ...]:
    """The region and its ancestors, country first. Raises RegionInvalid for anything but six digits."""
    if not re.fullmatch(r"[0-9]{6}", region):
        raise RegionInvalid(region=region, field="region")
    chain = [region]
    while (above := parent_of(chain[-1])) is not None:
        chain.append(above)
    return tuple(reversed(chain))


def inherit(layers: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """Merge layers given from country to county: the nearest region that says something wins."""
    merged: dict[str, Entry] = {}
    for layer in layers:
        merged.update(layer)
    return dict(sorted(merged.items()))


def in_force(versions: Iterable[Version], region: str, at: datetime) -> Version | None:
    """The version of one region in force at an instant."""
    begun = [v for v in versions if v.region == region and v.valid_from <= at]
    return max(begun, key=lambda v: v.valid_from, default=None)


def rules_in_force(versions: Sequence[Version], region: str, at: datetime) -> Rules:
    """Merge what the region and its ancestors say at an instant."""
    found = (in_force(versions, code, at) for code in lineage(region))
    entries = inherit(version.entries for version in found if version is not None)
    return Rules(digest(region, entries), region, entries)


def timeline(versions: Sequence[Version], region: str, since: datetime) -> list[tuple[datetime, Rules]]:
    """Each instant from `since` on at which the rules of a region begin anew, with the rules from then on.

    Before the region's own first version the nearest ancestor's timeline holds, so nothing is returned for it.
    """
    chain = lineage(region)
    own = min((v.valid_from for v in versions if v.region == region), default=None)
    if own is None:
        return []
    moments = {v.valid_from for v in versions if v.region in chain and v.valid_from >= max(own, since)}
    return [(moment, rules_in_force(versions, region, moment)) for moment in sorted(moments)]


def digest(region: str, entries: Mapping[str, Entry]) -> str:
    """32 hex digits that identify the merged content."""
    content = {"region": region, "entries": {key: entry.data() for key, entry in entries.items()}}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def entries_of(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Entry]:
    """Entries from their JSON form."""
    return {key: Entry(**{**item, "value": frozen(item["value"])}) for key, item in data.items()}


def frozen(value: Any) -> Any:
    """A list as a tuple, anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


def checked(definitions: Mapping[str, Definition], region: str, settings: Mapping[str, Setting]) -> dict[str, Entry]:
    """The settings of a region as entries.

    Raises RuleNotSettable, UnknownRule, RuleLocked or RuleValueInvalid, each with the key as its field.
    """
    lineage(region)
    return {key: _entry(definitions, region, key, setting) for key, setting in settings.items()}


def _entry(definitions: Mapping[str, Definition], region: str, key: str, setting: Setting) -> Entry:
    refuse_caps(key)
    definition = definitions.get(key)
    if definition is None:
        raise UnknownRule(key=key, field=key)
    value = frozen(setting.value)
    if not fits(definition, value):
        raise RuleValueInvalid(key=key, value=setting.value, expected=expected(definition), field=key)
    if definition.locked and value != definition.value:
        raise RuleLocked(key=key, title=definition.title, field=key)
    return Entry(value, definition.unit, setting.source or "", setting.unconfirmed, region)


# Seed item 13: no cap on the number of agencies, no limit by region, trade or department.
NEVER: dict[str, str] = {
    "registration.number_cap": "不限制中介服务机构数量",
    "registration.region_limit": "不限制中介服务机构所在地区",
    "registration.trade_limit": "不设行业性、部门间执业限制",
    "registration.department_list": "不设部门备选库、名录库",
}


def refuse_caps(key: str) -> None:
    """Raise RuleNotSettable for a key that would limit who may enter."""
    if key in NEVER or _CAP.search(key):
        raise RuleNotSettable(key=key, field=key)


def fits(definition: Definition, value: Any) -> bool:
    """Whether a value has the type, range and choices of its key."""
    form = UNITS[definition.unit]
    if form == "flag":
        return isinstance(value, bool)
    if form == "int":
        return _whole(definition, value)
    if form == "text":
        return isinstance(value, str) and value in definition.choices
    if not isinstance(value, tuple) or len(set(value)) != len(value):
        return False
    if form == "ints":
        return all(_whole(definition, item) for item in value)
    return all(isinstance(item, str) and (not definition.choices or item in definition.choices) for item in value)


def _whole(definition: Definition, value: Any) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    highest = 100 if definition.unit == "percent" else definition.maximum
    return value >= definition.minimum and (highest is None or value <= highest)


def expected(definition: Definition) -> str:
    """What a key takes, in signs that need no translation: true | false, 0–100, ≥ 1, [a, b]."""
    form = UNITS[definition.unit]
    if form == "flag":
        return "true | false"
    if form == "texts":
        return f"[{', '.join(definition.choices) or '…'}]"
    if definition.choices:
        return " | ".join(definition.choices)
    highest = 100 if definition.unit == "percent" else definition.maximum
    span = f"≥ {definition.minimum}" if highest is None else f"{definition.minimum}–{highest}"
    return f"[{span}, …]" if form == "ints" else span


def patched(
    before: Mapping[str, Entry], changed: Mapping[str, Entry], withdrawn: Iterable[str] = ()
) -> dict[str, Entry]:
    """A region's next version: what it said before, with changes, without what it withdraws."""
    gone = set(withdrawn)
    return {key: entry for key, entry in {**before, **changed}.items() if key not in gone}


def calendar_days(
    first: date, last: date, rest: Mapping[date, str], work: Mapping[date, str]
) -> list[tuple[date, bool, str]]:
    """Every day from first to last: (day, is a working day, note). Weekends rest unless `work` names them."""
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return [
        (day, (day.weekday() < 5 or day in work) and day not in rest, rest.get(day) or work.get(day, ""))
        for day in days
    ]
