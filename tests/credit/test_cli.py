"""Credit at the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.agencies import queries as agencies
from marketplace.credit import cli, queries
from marketplace.testing.contracts import Parties, Work
from marketplace.testing.credit import a_review, an_incident
from marketplace.web.terminal import Opener

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Any:
    return lambda *words: CliRunner().invoke(cli.commands[0], words, obj=Opener(lambda: app))


def uscc(work: Work, parties: Parties) -> Any:
    with work() as ctx:
        return agencies.agency(ctx, parties.agency_id).uscc


def test_a_score_is_explained_line_by_line(run: Run, work: Work, parties: Parties) -> None:
    a_review(work, parties, each=4)
    an_incident(work, parties.agency_id)
    output = run("explain", uscc(work, parties)).output
    assert "-10.00" in output
    assert "投诉查实" in output
    assert "85.00  ★★★★" in output


def test_grading_the_market_counts_the_agencies(run: Run, work: Work, parties: Parties) -> None:
    an_incident(work, parties.agency_id)
    assert run("regrade").output == "1 agencies graded\n"


def test_an_import_is_tried_unless_told_to_write(run: Run, work: Work, parties: Parties, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text(
        "统一社会信用代码,类别,文号,认定日期,认定机关,事由\n"
        f"{uscc(work, parties)},complaint,苏处〔2026〕1号,2026-02-10,省生态环境厅,报告失实\n"
        f"{uscc(work, parties)},gossip,苏处〔2026〕2号,2026-02-10,省生态环境厅,\n",
        "utf-8",
    )
    assert "new 1  known 0  refused 1" in run("import", str(file)).output
    with work() as ctx:
        assert queries.grade_of(ctx, parties.agency_id) is None
    assert "row 3" in run("import", str(file), "--write").output
    with work() as ctx:
        grade = queries.grade_of(ctx, parties.agency_id)
    assert grade is not None
    assert grade.points < 10_000
