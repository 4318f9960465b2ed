"""The terminal door of identity."""

import pytest
from click.testing import CliRunner

from marketplace.identity import queries
from marketplace.identity.cli import identity
from marketplace.identity.rules import make_uscc
from marketplace.testing.identity import PASSWORD
from marketplace.web.terminal import Opener

USCC = make_uscc("terminal", register="11")


@pytest.fixture
def run(app):
    """Run one command of the group."""
    return lambda *words: CliRunner().invoke(identity, words, obj=Opener(lambda: app))


@pytest.fixture
def operator(run):
    """An operator's organisation and a login called ops, made by the terminal."""
    made = run(
        "create-organisation", "--kind", "operator", "--name", "中介超市运营中心", "--uscc", USCC, "--region", "320000"
    )
    assert made.exit_code == 0, made.output
    made = run("create-login", "--username", "ops", "--name", "钱宁", "--password", PASSWORD)
    assert made.exit_code == 0, made.output


def roles(work):
    with work(write=False) as ctx:
        login = queries.login_by_username(ctx, "ops")
        return {row.role for row in queries.memberships(ctx, login.id)}


def test_the_first_administrator_is_made_by_the_terminal(run, operator, work):
    assert run("grant", "ops", "operator", USCC, "sysadmin").exit_code == 0
    assert roles(work) == {"sysadmin"}


def test_a_second_administrator_role_is_refused_with_its_code(run, operator, work):
    run("grant", "ops", "operator", USCC, "sysadmin")
    refused = run("grant", "ops", "operator", USCC, "auditadmin")
    assert refused.exit_code == 1
    assert "identity.administrators_apart" in refused.output
    assert roles(work) == {"sysadmin"}


def test_a_role_is_taken_away(run, operator, work):
    run("grant", "ops", "operator", USCC, "operator")
    assert run("revoke", "ops", "operator", USCC, "operator").exit_code == 0
    assert roles(work) == set()


def test_a_login_is_locked_and_unlocked(run, operator, work):
    assert run("lock", "ops", "--reason", "离职").exit_code == 0
    with work(write=False) as ctx:
        assert queries.login_by_username(ctx, "ops").locked_at is not None
    assert run("unlock", "ops").exit_code == 0
    with work(write=False) as ctx:
        assert queries.login_by_username(ctx, "ops").locked_at is None


def test_a_weak_password_is_refused_by_the_terminal_too(run, operator):
    refused = run("set-password", "ops", "--password", "password1234")
    assert refused.exit_code == 1
    assert "identity.password_too_common" in refused.output
    assert run("set-password", "ops", "--password", "walnut-ferry-9021").exit_code == 0


def test_an_unknown_login_or_organisation_is_told(run, operator):
    assert "identity.login_not_found" in run("lock", "nobody", "--reason", "x").output
    assert "identity.organisation_not_found" in run("grant", "ops", "agency", USCC, "agency").output
