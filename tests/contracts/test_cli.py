"""Contracts at the terminal."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.contracts import cli
from marketplace.testing.contracts import Work, a_contract, a_finished_contract, some_parties
from marketplace.web.terminal import Opener

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Any:
    return lambda *words: CliRunner().invoke(cli.commands[0], words, obj=Opener(lambda: app))


def test_a_contract_is_listed_and_shown_with_its_milestones(run: Run, work: Work) -> None:
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    assert contract.number in run("list").output
    shown = run("show", contract.number).output
    assert "提交初稿" in shown
    assert "88,000.01" in shown


def test_an_unknown_number_is_refused_by_its_code(run: Run) -> None:
    answer = run("show", "HT-2026-999999")
    assert answer.exit_code == 1
    assert "contract.not_found" in answer.output


@pytest.mark.once
def test_both_sides_change_and_dispute_a_contract_at_the_terminal(run: Run, work: Work) -> None:
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, username="ter")
    number = a_contract(work, parties).number
    more = ["--amount", "1000.00", "--title", "补充监测", "--due", "2027-01-31", "--reason", "增加两处"]
    assert run("increase", number, *more, "--as", "ter-buyer").output == f"{number} +1: proposed\n"
    assert run("drop-change", number, "--reason", "不需要", "--as", "ter-buyer").output.endswith(": withdrawn\n")
    assert run("reduce", number, "2", "--amount", "8.00", "--reason", "少做", "--as", "ter-buyer").exit_code == 0
    assert run("agree-change", number, "--as", "ter-agency").output == f"{number} +2: agreed\n"
    assert "no change" in run("agree-change", number, "--as", "ter-agency").output
    assert "8.00  agreed  少做" in run("show", number).output
    assert run("reduce", number, "9", "--amount", "8.00", "--reason", "少做", "--as", "ter-buyer").exit_code == 1
    assert "does not belong" in run("agree-change", number, "--as", "nobody").output
    refused = run("dispute", number, "1", "--amount", "8.00", "--reason", "少做", "--as", "ter-buyer")
    assert (refused.exit_code, "contract.not_disputable" in refused.output) == (1, True)


@pytest.mark.once
def test_a_dispute_is_raised_and_ended_at_the_terminal(run: Run, work: Work) -> None:
    with work() as ctx:
        parties = some_parties(ctx, username="qua")
    number = a_finished_contract(work, parties).number
    raised = run("dispute", number, "1", "--amount", "8.00", "--reason", "少做", "--as", "qua-buyer")
    assert raised.output == f"{number} 1: open\n"
    assert "disputed 8.00  open  少做" in run("show", number).output
    assert run("end-dispute", number, "1", "--as", "qua-agency").output == f"{number} 1: conceded\n"
