"""Commitments in stock: made where the keeper's key is, taken by notices that never see a seed, never by two."""

import hashlib
import json
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from marketplace.kernel.errors import KeyNotHeld, LostRace, NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.selection import queries, rules, service, stock
from marketplace.selection.deadlines import keep_in_stock
from marketplace.selection.errors import AlreadyCommitted, DepositUnfit, StockEmpty
from marketplace.selection.models import Deposit
from marketplace.tenders.cli import keeper as keeper_commands
from marketplace.testing.identity import a_member
from marketplace.testing.selection import hold_only, keys_apart
from tests.flows.rivals import at_once
from tests.selection.ceremonies import TENDER, hold, reveal


def everything(runtime):
    """All text that lies in the database, as a dump would show it."""
    with runtime.work(write=False) as ctx:
        dialect = ctx.session.get_bind().dialect.name
        names = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
            "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
        }[dialect]
        tables = [row[0] for row in ctx.session.execute(text(names)) if row[0].startswith("marketplace")]
        return "\n".join(str(row) for name in tables for row in ctx.session.execute(text(f'SELECT * FROM "{name}"')))


def opens(candidate, digests):
    return hashlib.sha256(candidate).hexdigest() in digests


def test_who_publishes_never_has_a_seed_in_hand_and_a_dump_has_none_either(work, runtime, monkeypatch):
    keys_apart(runtime)
    drawn = []
    entropy = runtime.entropy
    monkeypatch.setattr(runtime, "entropy", lambda n: drawn.append(entropy(n)) or drawn[-1])
    with work() as ctx:
        digests = set(service.commit(ctx, TENDER).values())
        rows = queries.commitment_rows(ctx, TENDER)
        assert all(row.alone and row.deposited_at for row in rows.values())
    assert not any(opens(made, digests) for made in drawn)
    found = {bytes.fromhex(word) for word in re.findall(r"(?=([0-9a-f]{64}))", everything(runtime))}
    assert digests <= {word.hex() for word in found}  # the digests are there to be found, so a seed would be
    assert not any(opens(word, digests) for word in found)


def test_the_notice_says_when_each_commitment_was_deposited_and_that_it_was_made_alone(work, runtime, clock):
    keys_apart(runtime)
    with work() as ctx:
        laid_in = ctx.now.isoformat()
    clock.advance(hours=1)
    with work() as ctx:
        service.commit(ctx, TENDER)
        body = ctx.session.scalar(select(EventRow.body).where(EventRow.type == "selection.commitment.published"))
        before = ctx.session.scalars(select(EventRow.body).where(EventRow.type == "selection.commitment.deposited"))
        known = {digest for row in before for digest in json.loads(row)["data"]["commitments"]}
    told = json.loads(body)["data"]
    assert told["deposits"] == {keeper: {"deposited_at": laid_in, "alone": True} for keeper in rules.KEEPERS}
    assert set(told["commitments"].values()) <= known


def test_a_draw_from_stock_is_held_as_any_other(work, runtime):
    private = keys_apart(runtime)
    with work() as ctx:
        service.commit(ctx, TENDER)
    assert hold(work) == "运营机构、监管部门"
    reveal(work, runtime, private, "operator", "regulator")
    assert rules.verify_draw(hold(work)) == []


def test_the_oldest_is_taken_first_and_each_only_once(work, runtime, clock):
    keys_apart(runtime, many=1)
    clock.advance(hours=1)
    with work() as ctx:
        oldest = dict(ctx.session.execute(select(Deposit.keeper, Deposit.digest)).all())
    with work() as ctx:
        ctx.session.add(
            Deposit(id=ctx.new_id(), keeper="operator", digest="0" * 64, envelope="", alone=True, deposited_at=ctx.now)
        )
    with work() as ctx:
        assert {keeper: row.digest for keeper, row in stock.take(ctx, "first").items()} == oldest
    with pytest.raises(StockEmpty, match="监管部门"), work() as ctx:
        stock.take(ctx, "second")
    with work() as ctx:
        assert stock.in_stock(ctx, "operator") == 1  # what the refused notice had taken lies there again


def test_notices_that_are_published_at_once_never_share_a_commitment(work, runtime):
    keys_apart(runtime, many=8)

    def publish(number):
        with runtime.work() as ctx:
            return [promise.digest for promise in stock.take(ctx, f"notice-{number}").values()]

    taken = [digest for pair in at_once(*[lambda n=n: publish(n) for n in range(4)]) for digest in pair]
    assert len(set(taken)) == len(taken) == 8
    with work() as ctx:
        assert stock.in_stock(ctx, "operator") == 4


def test_an_empty_stock_refuses_the_notice_and_names_whose_it_is(work, runtime):
    private = keys_apart(runtime, many=0)
    hold_only(runtime, {"operator": private["operator"]})
    with pytest.raises(StockEmpty, match="监管部门预存的摇号承诺已用完") as refused, work() as ctx:
        service.commit(ctx, TENDER)
    assert "marketplace keeper seeds" in refused.value.advise(str)
    with work() as ctx:
        assert queries.commitments(ctx, TENDER) == {}


def test_a_process_that_holds_both_keys_makes_them_on_the_spot_and_the_notice_does_not_call_them_independent(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        rows = queries.commitment_rows(ctx, TENDER)
    assert [(row.deposited_at, row.alone) for row in rows.values()] == [(None, False)] * 2
    with pytest.raises(AlreadyCommitted), work() as ctx:
        service.commit(ctx, TENDER)


def test_two_commitments_for_one_notice_are_a_lost_race_with_a_stock_too(work, runtime):
    keys_apart(runtime)
    with work() as ctx:
        service.commit(ctx, TENDER)
    with pytest.raises(LostRace), work() as ctx:
        service.commit(ctx, TENDER)


def test_each_keeper_s_worker_fills_its_own_stock_once_it_is_half_empty(work, runtime, monkeypatch):
    private = keys_apart(runtime, many=0)
    monkeypatch.setitem(runtime.settings, "MARKETPLACE_DRAW_STOCK", "4")
    for keeper in rules.KEEPERS:
        hold_only(runtime, {keeper: private[keeper]})
        keep_in_stock(runtime)
    hold_only(runtime, {})
    held = []
    for n in range(3):
        with work() as ctx:
            stock.take(ctx, f"notice-{n}")
        hold_only(runtime, {"operator": private["operator"]})
        keep_in_stock(runtime)
        hold_only(runtime, {})
        with work() as ctx:
            held.append([stock.in_stock(ctx, keeper) for keeper in rules.KEEPERS])
    assert held == [[3, 3], [4, 2], [3, 1]]
    with work() as ctx:
        assert set(ctx.session.scalars(select(Deposit.alone))) == {True}


def test_who_holds_both_keys_is_one_party_and_says_so(work, runtime):
    with work() as ctx:
        stock.deposit(ctx, "operator", 1)
        stock.deposit(ctx, "regulator", 1)
        assert [promise.alone for promise in stock.take(ctx, "x").values()] == [False, False]


def test_only_where_the_key_is_commitments_are_made(work, runtime):
    keys_apart(runtime, many=0)
    with pytest.raises(KeyNotHeld), work() as ctx:
        stock.deposit(ctx, "operator", 1)


def test_a_keeper_without_a_worker_deposits_a_file_that_it_made_offline(work, runtime, client, sign_in):
    private = keys_apart(runtime, many=0)
    asked = ["seeds", "regulator", "--public", runtime.keys.keepers["regulator"], "--count", "2"]
    made = CliRunner().invoke(keeper_commands, asked)
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(keeper_commands, [*asked[:3], "zz"]).exit_code == 1
    with work() as ctx:
        a_member(ctx, "authority", "authority", username="keeper")
        stranger = a_member(ctx, "operator", "operator")
    browser = sign_in(client, "keeper")
    page = {"data": {"commitments": made.output}, "headers": {"Sec-Fetch-Site": "same-origin"}}
    assert browser.post("/keeper/commitments", **page).status_code == 303
    assert "现存 2 份" in browser.get("/keeper").text
    page["data"] = {"commitments": "{}"}
    refused = browser.post("/keeper/commitments", **page)
    assert (refused.status_code, "不是摇号承诺文件" in refused.text) == (422, True)
    rows = json.loads(made.output)["commitments"]
    with pytest.raises(LostRace), work() as ctx:
        stock.hand_in(ctx, "regulator", rows)
    with pytest.raises(NotPermitted), work(stranger) as ctx:
        stock.hand_in(ctx, "regulator", rows)
    for bad in ([], [{"digest": "0" * 64, "envelope": "00"}], [{**rows[0], "digest": "x"}], rows * 300):
        with pytest.raises(DepositUnfit), work() as ctx:
            stock.hand_in(ctx, "regulator", bad)
    with work() as ctx:
        row = ctx.session.scalar(select(Deposit))
    hold_only(runtime, {"regulator": private["regulator"]})
    assert opens(runtime.keys.unseal("regulator", row.envelope), {row.digest})


def test_the_json_door_and_the_terminal_fill_a_stock(app, work, runtime, client, sign_in, tmp_path):
    with work() as ctx:
        a_member(ctx, "operator", "operator", username="clerk")
    rows = stock.made(runtime.keys, "operator", 2, runtime.entropy)
    browser = sign_in(client, "clerk")
    answer = browser.post(
        "/api/v1/draws/commitments", json={"commitments": rows}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert (answer.status_code, answer.json) == (200, {"keeper": "operator", "in_stock": 2})
    file = tmp_path / "seeds.json"
    file.write_text(json.dumps({"commitments": stock.made(runtime.keys, "operator", 1, runtime.entropy)}))

    def told(*words):
        with app.app_context():
            return CliRunner().invoke(keeper_commands, ["deposit", "operator", *words]).output

    assert "预存摇号承诺 3 份" in told(str(file))
    assert "预存摇号承诺 5 份" in told("--count", "2")
