"""A running contract grows or shrinks only as both sides agree, and its budget with it, to the fen."""

from datetime import timedelta

import pytest

from marketplace.budgets import queries as budgets
from marketplace.budgets.queries import balances
from marketplace.contracts import errors, queries, rules, service
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import WrongState
from marketplace.ledger import check
from marketplace.testing.contracts import PRICE_FEN, a_contract, deliver, parts_of, some_parties

MORE = {"kind": "increase", "reason": "增加两处地下水监测", "title": "补充监测"}


@pytest.fixture
def parties(work):
    with work() as ctx:
        return some_parties(ctx, encumbered=True, username="chg")


@pytest.fixture
def contract(work, parties):
    return a_contract(work, parties)


def propose(work, parties, contract, **over):
    with work(parties.buyer) as ctx:
        due_on = shanghai_date(ctx.now) + timedelta(days=30)
        facts = {"amount_fen": 100_000, "due_on": due_on, **MORE, **over}
        return service.propose_change(ctx, contract.id, **facts)


def stages(work, contract):
    with work() as ctx:
        assert check.run(ctx) == []
        found = queries.contract(ctx, contract.id)
        held = balances.stages(ctx, found.encumbrance_id)
        line = budgets.encumbrance(ctx, found.encumbrance_id).line_id
        return found.amount_fen, held["reserved"], held["obligated"], held["due"], balances.available_fen(ctx, line)


def test_an_increase_is_reserved_first_and_obligated_when_the_agency_agrees(work, parties, contract):
    whole, _, _, _, free = stages(work, contract)
    row = propose(work, parties, contract)
    assert stages(work, contract) == (whole, 100_000, whole, 0, free - 100_000)
    with pytest.raises(errors.ChangeStillOpen):
        propose(work, parties, contract)
    with pytest.raises(errors.ChangeNotFound), work(parties.buyer) as ctx:
        service.agree_change(ctx, row.id)
    with work(parties.agency) as ctx:
        assert service.agree_change(ctx, row.id).state == "agreed"
    assert stages(work, contract) == (whole + 100_000, 0, whole + 100_000, 0, free - 100_000)
    last = parts_of(work, contract)[-1]
    assert (last.seq, last.title, last.amount_fen, last.status) == (3, "补充监测", 100_000, "scheduled")
    parts = parts_of(work, contract)
    assert [part.share_bp for part in parts] == rules.shares([part.amount_fen for part in parts])
    assert abs(last.share_bp - 100_000 * rules.WHOLE_BP / (whole + 100_000)) < 1
    with pytest.raises(errors.ChangeNotFound), work(parties.agency) as ctx:
        service.agree_change(ctx, row.id)


def test_what_is_refused_withdrawn_or_outlived_goes_back(work, parties, contract):
    before = stages(work, contract)
    for side, state in (("agency", "refused"), ("buyer", "withdrawn")):
        row = propose(work, parties, contract)
        with work(getattr(parties, side)) as ctx:
            assert service.drop_change(ctx, row.id, reason="价格未谈妥").state == state
        assert stages(work, contract) == before
    propose(work, parties, contract)
    for side in (parties.buyer, parties.agency):
        with work(side) as ctx:
            service.terminate(ctx, contract.id, reason="项目取消")
    with work() as ctx:
        assert [row.state for row in queries.changes(ctx, contract.id)] == ["refused", "withdrawn", "lapsed"]
    amount, reserved, obligated, due, free = stages(work, contract)
    assert (reserved, obligated, due, free) == (0, 0, 0, before[4] + amount)
    with pytest.raises(WrongState):
        propose(work, parties, contract)


def test_a_reduction_lowers_what_its_acceptance_makes_due(work, parties, contract):
    whole, _, _, _, free = stages(work, contract)
    part = parts_of(work, contract)[0]
    row = propose(work, parties, contract, kind="reduction", milestone_id=part.id, amount_fen=40_000)
    deliver(work, parties, part.id)
    with pytest.raises(errors.ChangeStillOpen), work(parties.buyer) as ctx:
        service.accept(ctx, part.id)
    with work(parties.agency) as ctx:
        service.agree_change(ctx, row.id)
    with work(parties.buyer) as ctx:
        service.accept(ctx, part.id)
    left = part.amount_fen - 40_000
    assert stages(work, contract) == (whole - 40_000, 0, whole - 40_000 - left, left, free + 40_000)
    assert parts_of(work, contract)[0].reduced_fen == 40_000
    with pytest.raises(errors.ChangeIncomplete):
        propose(work, parties, contract, kind="reduction", milestone_id=part.id)


def test_what_nobody_decided_lapses_when_the_clock_accepts(runtime, work, clock, parties, contract):
    part = parts_of(work, contract)[0]
    deliver(work, parties, part.id)
    propose(work, parties, contract, kind="reduction", milestone_id=part.id, amount_fen=40_000)
    with work() as ctx:
        service.accept(ctx, part.id, by_clock=True)
        assert [row.state for row in queries.changes(ctx, contract.id)] == ["lapsed"]
    assert stages(work, contract)[3] == part.amount_fen


def test_bounds_and_missing_words_are_refused_with_their_field(work, parties, contract):
    part = parts_of(work, contract)[0]
    cap = PRICE_FEN // 10
    for over, error, field in (
        ({"amount_fen": cap + 1}, errors.IncreaseAboveCap, "amount"),
        ({"amount_fen": 0}, errors.IncreaseAboveCap, "amount"),
        ({"title": " "}, errors.ChangeIncomplete, "title"),
        ({"due_on": None}, errors.ChangeIncomplete, "due_on"),
        ({"kind": "reduction"}, errors.ChangeIncomplete, "milestone_id"),
        (
            {"kind": "reduction", "milestone_id": part.id, "amount_fen": part.amount_fen + 1},
            errors.ReductionTooLarge,
            "amount",
        ),
        ({"reason": " "}, errors.ReasonMissing, "reason"),
    ):
        with pytest.raises(error) as refused:
            propose(work, parties, contract, **over)
        assert refused.value.field == field
    stranger = some_strangers(work)
    with pytest.raises(errors.ContractNotFound):
        propose(work, stranger, contract)


def some_strangers(work):
    with work() as ctx:
        return some_parties(ctx)


@pytest.mark.once
def test_room_for_increases_is_a_share_of_what_was_signed():
    assert rules.room_for_increase(100_000, 0, 0, 1000) == 10_000
    assert rules.room_for_increase(106_000, 10_000, 4_000, 1000) == 0
    assert rules.room_for_increase(104_000, 4_000, 0, 1000) == 6_000
    assert rules.room_for_increase(90_000, 0, 10_000, 1000) == 10_000


def test_pages_and_json_offer_changes_to_both_sides(work, client, sign_in, parties, contract):
    part = parts_of(work, contract)[0]
    sign_in(client, "chg-buyer")
    here, form = f"/buyer/contracts/{contract.id}", f"/buyer/contracts/{contract.id}/changes/new"
    assert form in client.get(here).text
    assert client.get(form).status_code == 200
    assert client.post(form, data={"kind": "increase", "amount": "x", "reason": ""}).status_code == 422
    answer = {"kind": "reduction", "amount": "400.00", "reason": "少做一处监测", "milestone_id": part.id}
    assert client.post(form, data={**answer, "amount": "99999999.00"}).status_code == 422
    assert client.post(form, data=answer).status_code == 303
    with work() as ctx:
        id = queries.open_change(ctx, contract.id).id
    assert client.get(f"/buyer/changes/{id}/agree").status_code == 404
    sign_in(client, "chg-agency")
    assert f"/agency/changes/{id}/agree" in client.get(f"/agency/contracts/{contract.id}").text
    assert client.post(f"/agency/changes/{id}/refuse", data={"reason": ""}).status_code == 422
    assert client.post(f"/agency/changes/{id}/agree").status_code == 303
    assert "Agreed by both" in client.get(f"/agency/contracts/{contract.id}?lang=en").text
    sign_in(client, "chg-buyer")
    path = f"/api/v1/contracts/{contract.id}"
    body = {"kind": "increase", "amount": "500.00", "reason": "增加监测", "title": "补充监测", "due_on": "2026-12-01"}
    made = client.post(f"{path}/changes", json=body)
    assert (made.status_code, made.json["state"]) == (201, "proposed")
    assert (
        client.post(f"/api/v1/contract-changes/{made.json['id']}/drop", json={"reason": "改期"}).json["state"]
        == "withdrawn"
    )
    again = client.post(f"{path}/changes", json=body).json["id"]
    sign_in(client, "chg-agency")
    assert client.post(f"/api/v1/contract-changes/{again}/agreement").json["state"] == "agreed"
    told = client.get(path).json
    assert [change["state"] for change in told["changes"]] == ["agreed", "withdrawn", "agreed"]
    assert told["milestones"][0]["reduced_fen"] == "400.00"
