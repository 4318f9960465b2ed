"""The statutory clock: thirty days, sixty where agreed, interest to the fen, disputes apart, reminders, the public list."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from marketplace.collection import queries as collections
from marketplace.contracts import errors as contract_errors
from marketplace.contracts import service as contracts
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.events import EventRow
from marketplace.overdue import errors, queries, service
from marketplace.overdue.cli import overdue
from marketplace.payments import rules
from marketplace.testing.collection import a_debtor
from marketplace.testing.contracts import a_draft, some_parties
from marketplace.testing.payments import some_payers
from marketplace.web.terminal import Opener


@pytest.mark.parametrize(
    ("amount", "days", "yearly", "owed"),
    [
        (8_800_001, 0, None, 0), (8_800_001, -3, None, 0), (10_000, 1, None, 5), (1_000, 1, None, 1), (999, 1, None, 0),
        (8_800_001, 10, None, 44_000), (8_800_000, 365, 300, 264_000), (8_800_000, 1, 300, 723), (100, 1, 300, 0),
    ],
)  # fmt: skip
def test_interest_is_whole_fen_rounded_half_up_once(amount, days, yearly, owed):
    assert rules.interest_fen(amount, days, daily_bp=5, yearly_bp=yearly) == owed


@given(st.integers(1, 10**12), st.integers(1, 3000), st.one_of(st.none(), st.integers(300, 3000)))
def test_interest_never_differs_from_the_exact_value_by_more_than_half_a_fen(amount, days, yearly):
    owed = rules.interest_fen(amount, days, daily_bp=5, yearly_bp=yearly)
    part, whole = (amount * 5 * days, 10_000) if yearly is None else (amount * yearly * days, 3_650_000)
    assert abs(2 * (owed * whole - part)) <= whole


def test_the_last_day_is_in_time():
    on = date(2026, 4, 1)
    clocks = [rules.pay_clock(on, on + timedelta(days=n), 10_000, daily_bp=5, yearly_bp=None) for n in (-1, 0, 1)]
    assert [clock.days_late for clock in clocks] == [
        0, 0, 1,
    ]  # fmt: skip


def test_sides_may_agree_sixty_days_and_a_rate_above_the_lpr_and_nothing_else(work):
    with work() as ctx:
        parties = some_parties(ctx)
    agreed = a_draft(work, parties, payment_days=60, late_rate_bp=300)
    assert (agreed.payment_days, agreed.late_rate_bp) == (60, 300)
    for wrong, error in (
        ({"payment_days": 61}, contract_errors.PaymentDaysTooLong),
        ({"late_rate_bp": 299}, contract_errors.LateRateTooLow),
        ({"content": "甲方收到财政资金后十日内支付乙方服务费"}, contract_errors.PayWhenPaid),
        ({"content": "本合同实行背靠背支付"}, contract_errors.PayWhenPaid),
        ({"content": "以建设单位付款作为支付的前提条件"}, contract_errors.PayWhenPaid),
    ):
        with work() as ctx:
            other = some_parties(ctx)
        with pytest.raises(error):
            a_draft(work, other, **wrong)


def unpaid(work, milestone_id):
    with work() as ctx:
        return queries.of_milestone(ctx, milestone_id)


def test_what_is_not_disputed_is_due_and_what_is_conceded_is_not(work, clock):
    debtor = a_debtor(work)
    whole = unpaid(work, debtor.milestone_id).unpaid_fen
    with pytest.raises(contract_errors.DisputeTooLarge), work(debtor.parties.buyer) as ctx:
        contracts.dispute(ctx, debtor.milestone_id, disputed_fen=whole + 1, reason="x")
    with work(debtor.parties.buyer) as ctx:
        contracts.dispute(ctx, debtor.milestone_id, disputed_fen=800_000, reason="监测点位少做两处")
        assert collections.due_part(ctx, debtor.milestone_id).amount_fen == whole - 800_000
    clock.advance(days=41)
    late = unpaid(work, debtor.milestone_id)
    assert (late.unpaid_fen, late.disputed_fen, late.days_late) == (whole - 800_000, 800_000, 11)
    assert late.interest_fen == rules.interest_fen(whole - 800_000, 11, daily_bp=5, yearly_bp=None)
    with work(debtor.parties.agency) as ctx:
        assert contracts.end_dispute(ctx, debtor.milestone_id).state == "conceded"
    assert unpaid(work, debtor.milestone_id).unpaid_fen == whole - 800_000
    with pytest.raises(contract_errors.NotDisputable), work(debtor.parties.buyer) as ctx:
        contracts.end_dispute(ctx, debtor.milestone_id)


def test_a_withdrawn_dispute_is_late_from_the_first_day(work, clock):
    debtor = a_debtor(work)
    with work(debtor.parties.buyer) as ctx:
        contracts.dispute(ctx, debtor.milestone_id, disputed_fen=800_000, reason="存疑")
    clock.advance(days=35)
    with work(debtor.parties.buyer) as ctx:
        contracts.end_dispute(ctx, debtor.milestone_id)
    assert (unpaid(work, debtor.milestone_id).disputed_fen, unpaid(work, debtor.milestone_id).days_late) == (0, 5)


def reminded(work):
    with work() as ctx:
        rows = ctx.session.query(EventRow).filter_by(type="overdue.payer.reminded").order_by(EventRow.id)
        return [(json.loads(row.body)["data"]["stage"], shanghai_date(row.at)) for row in rows]


def test_the_payer_is_reminded_before_on_and_after_the_date_until_it_is_paid(runtime, work, clock):
    debtor = a_debtor(work)
    for _ in range(40):
        runtime.settle()
        clock.advance(days=1)
    start = date(2026, 3, 2)
    days = [(stage, (on - start).days) for stage, on in reminded(work)]
    assert days == [("coming", 23), ("due", 30), ("overdue", 31), ("overdue", 38)]
    with work() as ctx:
        part = collections.due_part(ctx, debtor.milestone_id)
        row = ctx.session.query(Deadline).filter_by(kind="overdue.remind", subject=part.milestone_id).one()
        assert row.done_at is None


def test_everybody_sees_who_pays_late_and_only_then(work, client, clock):
    debtor, payers = a_debtor(work), some_payers(work)
    assert client.get("/lists/overdue").status_code == 200
    clock.advance(days=30)
    assert client.get("/api/v1/overdue").json["items"] == []
    clock.advance(days=1)
    with work() as ctx:
        service.declare_size(ctx, debtor.parties.agency_id, size="micro")
    said = client.get("/api/v1/overdue").json
    assert [(item["days_late"], item["size"]) for item in said["items"]] in (
        [(1, "micro"), (1, "")],
        [(1, ""), (1, "micro")],
    )
    assert {payer["kind"] for payer in said["payers"]} == {"enterprise", "department"}
    department = payers.parties.buyer.organisation_id
    page = client.get(f"/lists/overdue?payer={department}").text
    assert "逾期付款公示" in page
    assert "Late payments" in client.get("/lists/overdue?lang=en").text
    (item,) = client.get(f"/api/v1/overdue?payer={department}").json["items"]
    assert item["interest"] == f"{rules.interest_fen(8_800_001, 1, daily_bp=5, yearly_bp=None) / 100:.2f}"


def test_an_agency_declares_its_own_size(app, work, client, sign_in):
    debtor = a_debtor(work, username="firm")
    sign_in(client, "firm-agency")
    assert client.post("/agency/size", data={"size": ""}).status_code == 422
    assert client.post("/agency/size", data={"size": "small"}).status_code == 303
    assert "小型企业" in client.get("/agency/size?done=declared").text
    assert client.put("/api/v1/firm-size", json={"size": "medium"}).json["size"] == "medium"
    with pytest.raises(errors.SizeUnknown), work() as ctx:
        service.declare_size(ctx, debtor.parties.agency_id, size="giant")
    assert "0 amounts overdue" in CliRunner().invoke(overdue, [], obj=Opener(lambda: app)).output


def test_disputes_have_a_json_door(work, client, sign_in):
    debtor = a_debtor(work, username="dis")
    path = f"/api/v1/milestones/{debtor.milestone_id}/dispute"
    sign_in(client, "dis-buyer")
    assert client.post(path, json={"amount": "100.00", "reason": "少一份附件"}).json["state"] == "open"
    sign_in(client, "dis-agency")
    assert client.post(f"{path}/end").json["state"] == "conceded"
