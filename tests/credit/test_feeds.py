"""Feeds: a file is tried, then entered row by row, once."""

from typing import Any

import pytest

from marketplace.agencies import queries as agencies
from marketplace.credit import errors, imports, queries
from marketplace.kernel.ports import Actor
from marketplace.testing.contracts import Parties, Work

HEAD = "统一社会信用代码,类别,文号,认定日期,认定机关,事由\n"


def rows(uscc: str, *lines: str) -> Any:
    return (HEAD + "\n".join(line.format(uscc=uscc) for line in lines)).encode()


def test_a_dry_run_reports_and_enters_nothing(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        report = imports.import_feed(
            ctx, feed="csv", content=rows(uscc, "{uscc},complaint,苏处〔2026〕1号,2026-02-10,省生态环境厅,报告失实")
        )
        assert (report.recorded, report.dry_run) == (1, True)
        assert ctx.session.scalars(queries.entries(parties.agency_id)).all() == []


def test_good_rows_are_entered_and_bad_ones_named_by_row(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(
            uscc,
            "{uscc},complaint,苏处〔2026〕1号,2026-02-10,省生态环境厅,报告失实",
            "91320000000000000X,complaint,苏处〔2026〕2号,2026-02-10,省生态环境厅,",
            "{uscc},gossip,苏处〔2026〕3号,2026-02-10,省生态环境厅,",
            "{uscc},complaint,,2026-02-30,省生态环境厅,",
            "{uscc},complaint,苏处〔2026〕5号,2026-03-20,省生态环境厅,",
        )
        report = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
    assert report.recorded == 1
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "统一社会信用代码"),
        (4, "类别"),
        (5, "文号"),
        (5, "认定日期"),
        (6, "认定日期"),
    ]


def test_the_same_file_enters_nothing_twice(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(uscc, *["{uscc},authority_award,苏表〔2026〕8号,2026-02-10,省住建厅,先进"] * 2)
        first = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
        second = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
    assert (first.recorded, first.known) == (1, 1)
    assert (second.recorded, second.known) == (0, 2)


def test_a_spreadsheet_in_the_national_encoding_is_read(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(uscc, "{uscc},complaint,苏处〔2026〕1号,2026/02/10,省生态环境厅,报告失实")
        assert imports.import_feed(ctx, feed="csv", content=content.decode().encode("gb18030")).recorded == 1


def test_a_file_without_its_heading_is_refused(work: Work, authority: Actor) -> None:
    with pytest.raises(errors.FeedUnreadable), work(authority) as ctx:
        imports.import_feed(ctx, feed="csv", content=b"a,b\n1,2\n")


def test_a_feed_that_is_not_configured_is_refused(work: Work, authority: Actor) -> None:
    with pytest.raises(errors.FeedUnknown), work(authority) as ctx:
        imports.import_feed(ctx, feed="oracle", content=b"")
