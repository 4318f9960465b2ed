"""Contracts at the terminal."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.contracts import cli
from marketplace.testing.contracts import Work, a_contract, some_parties
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
