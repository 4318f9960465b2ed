"""All proofs of a tender in one file: a stranger checks them with the one-file program, and notices a changed price."""

import json
import subprocess
import sys

from marketplace.audit import service as audit
from marketplace.audit import verifier
from marketplace.cli import group
from marketplace.testing.tenders import a_bid, a_tender, let_it_close, some_bidders


def proofs_of(runtime, clock, work, client, prices):
    tender = a_tender(work)
    for bidder, price in zip(some_bidders(work, len(prices)), prices, strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        audit.seal(ctx)
    answer = client.get(f"/api/v1/tenders/{tender.number}/proof.json")
    assert answer.status_code == 200
    return tender, answer.get_json()


def test_a_stranger_checks_how_a_tender_was_decided(runtime, clock, work, client, tmp_path):
    _, found = proofs_of(runtime, clock, work, client, [900_000, 800_000, 800_000])
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    ran = subprocess.run([sys.executable, verifier.__file__, file], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "head: 通过\nminutes: 通过\nranking: 通过\n")


def test_the_terminal_checks_several_files_without_a_database(runtime, clock, work, client, tmp_path, app):
    _, found = proofs_of(runtime, clock, work, client, [900_000, 800_000])
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(found), encoding="utf-8")
    found["ranking"]["order"].reverse()
    bad.write_text(json.dumps(found), encoding="utf-8")
    runner = app.test_cli_runner()
    assert runner.invoke(group, ["verify", str(good), "--key", runtime.keys.public_key]).exit_code == 0
    assert runner.invoke(group, ["verify", str(good), str(bad)]).exit_code == 1
    assert runner.invoke(group, ["verify", str(good), "--key", "00" * 32]).exit_code == 1


def test_a_price_changed_after_the_opening_is_noticed(runtime, clock, work, client):
    _, found = proofs_of(runtime, clock, work, client, [900_000, 800_000])
    found["minutes"]["offers"][0]["price_fen"] -= 1
    assert verifier.check_document(found)["minutes"] == [verifier.BAD_OFFERS]


def test_a_ranking_of_another_tender_does_not_pass_beside_these_minutes(runtime, clock, work, client):
    _, one = proofs_of(runtime, clock, work, client, [900_000, 800_000])
    other = {**one, "ranking": {**one["ranking"], "tender": "ZJ-2026-999999"}}
    assert verifier.NOT_THIS in verifier.check_document(other)["minutes"]


def test_before_the_opening_there_is_nothing_to_prove(work, client):
    tender = a_tender(work)
    answer = client.get(f"/api/v1/tenders/{tender.number}/proof.json")
    assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:marketplace:tender.not_opened")


def test_the_verifiers_are_downloads_for_everybody(client):
    for name in ("verifier.py", "verifier.html"):
        answer = client.get(f"/log/{name}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert b"RFC 9162" in answer.data
    page = client.get("/verify").get_data(as_text=True)
    assert "/log/verifier.py" in page
    assert "/log/verifier.html" in page
