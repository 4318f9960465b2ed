"""The terminal door."""

import re

from marketplace.agencies import queries
from marketplace.testing.agencies import an_agency


def run(app, *words):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["marketplace", "agencies", *words])


def test_agencies_are_listed_and_shown(app, work):
    with work() as ctx:
        agency = an_agency(ctx)
    assert agency.uscc in run(app, "list", "--text", "诚达").output
    assert agency.uscc not in run(app, "list", "--region", "110000").output
    assert "ZJ-01" in run(app, "show", agency.uscc).output


def test_an_agency_is_suspended_and_reinstated(app, work):
    with work() as ctx:
        agency = an_agency(ctx)
    suspended = run(app, "suspend", agency.uscc, "--reason", "逾期", "--until", "2026-06-01")
    assert re.fullmatch(r"[0-9a-f]{32}\n", suspended.output)
    assert "逾期" in run(app, "show", agency.uscc).output
    assert "active" in run(app, "reinstate", agency.uscc, suspended.output.strip()).output
    with work() as ctx:
        assert queries.suspensions(ctx, agency.id) == []


def test_an_unknown_agency_ends_with_one_and_its_code(app):
    result = run(app, "show", "91320000000000000X")
    assert (result.exit_code, "agency.not_found" in result.output) == (1, True)
