"""The shipped data: complete, well-formed, and true to its document."""

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

from marketplace.rulebook import cli, queries, rules, service
from marketplace.rulebook.errors import RuleNotSettable
from marketplace.rulebook.schemas import LABELS

DEFINITIONS = queries.defaults().definitions
FOLDER = files("marketplace.rulebook")
OVERLAYS = sorted((item for item in (FOLDER / "overlays").iterdir()), key=lambda item: item.name)


@pytest.mark.parametrize("key", sorted(DEFINITIONS))
def test_every_default_fits_its_own_key(key: Any) -> None:
    item = DEFINITIONS[key]
    assert rules.fits(item, item.value), rules.expected(item)
    assert item.title
    assert item.title_en
    assert item.source in queries.defaults().sources
    assert item.unit in LABELS["rule.unit"]


@pytest.mark.parametrize("key", sorted(DEFINITIONS))
def test_every_coded_value_has_words(key: Any) -> None:
    item = DEFINITIONS[key]
    coded = item.choices or ()
    assert [code for code in coded if code not in LABELS["rule.value"] and len(code) > 1] == []


def test_a_number_without_a_source_says_so() -> None:
    proposals = [item for item in DEFINITIONS.values() if item.source in {"design", "procurement-law"}]
    assert proposals
    assert [item.key for item in proposals if not item.unconfirmed] == []


def test_the_values_of_the_field_stand_as_researched() -> None:
    wanted = {
        "award.publicity_workdays": 3,
        "objection.window_workdays": 7,
        "objection.decision_workdays": 30,
        "selection.min_bidders.random": 2,
        "selection.min_bidders.direct": 1,
        "selection.extend_times": 1,
        "threshold.direct_max_yuan": 100_000,
        "rating.deadline_workdays": 15,
        "credit.cutoff.five": 90,
        "credit.deduct.collusion": 40,
        "payment.days": 30,
        "payment.days_max": 60,
        "payment.overdue_daily_bp": 5,
        "exit.remove.complaints": 3,
        "fee.platform_yuan": 0,
    }
    assert {key: DEFINITIONS[key].value for key in wanted} == wanted


def test_there_is_no_key_for_a_cap() -> None:
    assert not any(word in key for key in DEFINITIONS for word in ("cap", "quota", "region_limit", "trade_limit"))


def test_seven_sample_regions_ship() -> None:
    codes = {service.pack_of(item.read_text("utf-8")).region for item in OVERLAYS}
    assert codes == {"320000", "430000", "451300", "500000", "130200", "330281", "320509"}


@pytest.mark.parametrize("item", OVERLAYS, ids=lambda item: item.name)
def test_every_overlay_is_valid_and_says_where_it_comes_from(item: Any) -> None:
    pack = service.pack_of(item.read_text("utf-8"))
    entries = rules.checked(DEFINITIONS, pack.region, pack.settings)
    assert entries
    assert pack.valid_from is not None
    assert {entry.source for entry in entries.values()} <= set(queries.defaults().sources)


@pytest.mark.parametrize("key", sorted(rules.NEVER))
def test_an_overlay_with_a_cap_is_refused_by_name(key: Any) -> None:
    text = f'region = "320000"\n[values."{key}"]\nvalue = 2\n'
    with pytest.raises(RuleNotSettable) as refused:
        service.pack_of(text)
    assert key in refused.value.text


def test_the_document_of_all_keys_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = queries.defaults.__wrapped__()  # as in the file: the tests' own markets do not drain
    monkeypatch.setattr(queries, "defaults", lambda: shipped)
    path = Path(__file__).parents[2] / "docs" / "rulebook.md"
    assert path.read_text("utf-8") == cli.document(), "run: marketplace rulebook table > docs/rulebook.md"


def test_our_calendar_agrees_with_an_independent_one_on_every_day() -> None:
    data = tomllib.loads((FOLDER / "calendar.toml").read_text("utf-8"))
    days = service._days_of((FOLDER / "calendar.toml").read_text("utf-8"))
    assert (data["from"], data["to"]) == (date(2025, 1, 1), date(2026, 12, 31))
    assert len(days) == 730
    assert [day for day, worked, _ in days if worked != chinese_calendar.is_workday(day)] == []


def test_the_calendar_lists_only_exceptions() -> None:
    data = tomllib.loads((FOLDER / "calendar.toml").read_text("utf-8"))
    rest = [date.fromisoformat(day) for year in data["rest"].values() for day in year]
    work = [date.fromisoformat(day) for year in data["work"].values() for day in year]
    assert all(day.weekday() < 5 for day in rest)
    assert all(day.weekday() >= 5 for day in work)
    assert not set(rest) & set(work)
    assert max(work) - min(rest) > timedelta(days=365)
