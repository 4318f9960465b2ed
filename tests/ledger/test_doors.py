"""The auditor's pages and JSON: trial balance, invariants, and the way back from a reference."""

import pytest
from sqlalchemy import update

from marketplace.ledger.models import Balance
from marketplace.testing.identity import a_member
from marketplace.testing.ledger import a_posting, a_purse


@pytest.fixture
def auditor(client, sign_in, work):
    """A signed-in auditor, and a posting of 60 fen out of an appropriation of 100."""
    with work() as ctx:
        a_member(ctx, "auditor", username="shenji")
        source, target = a_purse(ctx, amount_fen=100), a_purse(ctx, "reserved", "line/test/encumbrance/1")
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60, reference="ZJ-2026-000001")
    return sign_in(client, "shenji")


def test_the_trial_balance_shows_each_kind_and_adds_up_to_zero(auditor):
    page = auditor.get("/audit/ledger")
    assert page.status_code == 200
    assert "已预留" in page.text
    assert "借贷平衡" in page.text
    told = auditor.get("/api/v1/ledger").json
    assert {line["kind"]: line["balance"] for line in told["lines"]} == {
        "authority": "-1.00",
        "available": "0.40",
        "reserved": "0.60",
    }
    assert told["broken"] == []


def test_a_balance_that_was_tampered_with_is_told(auditor, work):
    with work() as ctx:
        ctx.session.execute(update(Balance).where(Balance.debits_fen == 60).values(debits_fen=50))
    assert "借贷平衡" not in auditor.get("/audit/ledger").text
    assert "balances_equal_postings" in {row["invariant"] for row in auditor.get("/api/v1/ledger").json["broken"]}


def test_a_reference_is_traced_back_to_the_appropriation(auditor):
    page = auditor.get("/audit/ledger/trace?reference=ZJ-2026-000001")
    assert "财预〔2026〕1号" in page.text
    steps = auditor.get("/api/v1/ledger/trace?reference=ZJ-2026-000001").json["steps"]
    assert [(step["depth"], step["amount"], step["source"]) for step in steps] == [
        (0, "0.60", "available"),
        (1, "1.00", "authority"),
    ]


def test_a_reference_that_was_never_booked_is_told(auditor):
    assert auditor.get("/audit/ledger/trace?reference=nothing").status_code == 404
    assert auditor.get("/api/v1/ledger/trace?reference=nothing").status_code == 404
    assert auditor.get("/audit/ledger/trace").status_code == 200


def test_only_who_may_read_the_books_sees_them(client, sign_in, work):
    with work() as ctx:
        a_member(ctx, "enterprise", username="qiye")
    assert client.get("/audit/ledger").status_code == 303
    sign_in(client, "qiye")
    assert client.get("/audit/ledger").status_code == 403
    assert client.get("/api/v1/ledger").status_code == 403
