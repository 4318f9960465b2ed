"""The rules and the calendar from the terminal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.kernel.context import Ctx
from marketplace.rulebook import cli, queries
from marketplace.web.terminal import Opener

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

Work = Callable[..., AbstractContextManager[Ctx]]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    groups = {group.name: group for group in cli.commands}
    return lambda name, *words: CliRunner().invoke(groups[name], words, obj=Opener(lambda: app))


def test_seeding_lists_the_regions(run: Run) -> None:
    done = run("rulebook", "seed")
    assert done.exit_code == 0
    assert "320509  苏州市吴江区" in done.output


def test_one_key_is_shown_with_its_source(run: Run) -> None:
    done = run("rulebook", "show", "rating.deadline_workdays", "--region", "320509")
    assert done.output.startswith("rating.deadline_workdays = 15 (workday; 320")
    assert "吴政规字〔2022〕4号" in done.output


def test_all_keys_are_shown_without_one(run: Run) -> None:
    done = run("rulebook", "show")
    assert len(done.output.splitlines()) == len(queries.defaults().definitions)
    assert "[unconfirmed]" in done.output


def test_an_unknown_key_ends_with_its_code(run: Run) -> None:
    done = run("rulebook", "show", "no.such")
    assert done.exit_code == 1
    assert "rulebook.unknown_rule" in done.output


def test_a_file_is_published(run: Run, tmp_path: Path, work: Work) -> None:
    file = tmp_path / "shandong.toml"
    file.write_text('region = "370000"\nname = "山东省"\n[values]\n"award.publicity_workdays" = 4\n', "utf-8")
    done = run("rulebook", "publish", str(file))
    assert "370000 山东省: version 1" in done.output
    with work(write=False) as ctx:
        assert queries.rules_at(ctx, "370000", ctx.now)["award.publicity_workdays"] == 4


def test_a_file_with_a_cap_is_refused(run: Run, tmp_path: Path, work: Work) -> None:
    file = tmp_path / "cap.toml"
    file.write_text('region = "370000"\n[values]\n"registration.number_cap" = 2\n', "utf-8")
    done = run("rulebook", "publish", str(file))
    assert done.exit_code == 1
    assert "rulebook.rule_not_settable" in done.output


def test_the_table_is_the_document(run: Run) -> None:
    assert "| `award.publicity_workdays` | 3 **?** | workday |" in run("rulebook", "table").output


def test_a_day_is_set_and_a_year_is_loaded(run: Run, tmp_path: Path) -> None:
    assert run("calendar", "set", "2026-03-06", "rest", "--note", "检修").output == "2026-03-06 rest 检修\n"
    file = tmp_path / "2027.toml"
    file.write_text("from = 2027-01-01\nto = 2027-12-31\n", "utf-8")
    assert run("calendar", "load", str(file)).output == "365 days added\n"
