"""Contracts at the terminal."""

from marketplace.testing.contracts import a_contract, some_parties


def test_a_contract_is_listed_and_shown_with_its_milestones(app, work):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    runner = app.test_cli_runner()
    assert contract.number in runner.invoke(args=["marketplace", "contracts", "list"]).output
    shown = runner.invoke(args=["marketplace", "contracts", "show", contract.number])
    assert "提交初稿" in shown.output
    assert "88,000.01" in shown.output


def test_an_unknown_number_is_refused_by_its_code(app):
    answer = app.test_cli_runner().invoke(args=["marketplace", "contracts", "show", "HT-2026-999999"])
    assert answer.exit_code == 1
    assert "contract.not_found" in answer.output
