"""The catalogue from the terminal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.catalogue import cli, rules
from marketplace.kernel.context import Ctx
from marketplace.testing.catalogue import item_facts
from marketplace.web.terminal import Opener

Work = Callable[..., AbstractContextManager[Ctx]]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words: CliRunner().invoke(cli.catalogue, words, obj=Opener(lambda: app))


def test_seeding_again_doubles_nothing(run: Run) -> None:
    assert run("seed").output == "14 items\n"


def test_items_are_listed_and_narrowed(run: Run) -> None:
    assert len(run("list").output.splitlines()) == 14
    assert run("list", "--mode", "cma").output.startswith("ZJ-07")
    assert "ZJ-14" in run("list", "--search", "防雷").output


def test_what_is_exported_can_be_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    assert run("export", "--output", str(file)).output.endswith("14 items\n")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("import", str(file)).output == "imported: 0 added, 0 changed, 14 unchanged\n"
    assert run("export").output.startswith("编号,事项名称")


def test_errors_are_listed_and_nothing_is_written(run: Run, tmp_path: Path, work: Work) -> None:
    file = tmp_path / "catalogue.csv"
    with work() as ctx:
        facts = [item_facts(ctx, code="CS-88"), item_facts(ctx, code="CS-89", name="")]
    file.write_text(rules.write_csv(facts), "utf-8")
    done = run("import", str(file))
    assert done.exit_code == 1
    assert "catalogue.csv:3: 事项名称: 此项必填" in done.output
    assert "catalogue.import_refused" in done.output
    assert len(run("list", "--all").output.splitlines()) == 14


def test_a_dry_run_only_reports(run: Run, tmp_path: Path, work: Work) -> None:
    file = tmp_path / "catalogue.csv"
    with work() as ctx:
        file.write_text(rules.write_csv([item_facts(ctx, code="CS-88")]), "utf-8")
    assert run("import", str(file), "--dry-run").output == "would import: 1 added, 0 changed, 0 unchanged\n"
    assert len(run("list").output.splitlines()) == 14
