"""Finance takes application files to the treasury and brings its receipts back, on pages and by JSON."""

import io
import json
from hashlib import sha256

import pytest
from click.testing import CliRunner

from marketplace.payments import cli, flight, queries
from marketplace.payments.ports import Outcome
from marketplace.payments.queries import course
from marketplace.testing.payments import an_approved_order, some_payers
from marketplace.web.terminal import Opener


@pytest.fixture
def order(runtime, work):
    made = an_approved_order(work, some_payers(work, source="treasury", username="tre"))
    flight.run_due(runtime)
    return made


def receipt(order, status, *, amount_fen=None, damaged=False):
    fen = order.amount_fen if amount_fen is None else amount_fen
    said = {"number": order.number, "amount": f"{fen / 100:.2f}", "status": status, "voucher": f"国支-{status}"}
    raw = json.dumps({**said, "date": "2026-03-05"}).encode()
    line = f"{sha256(raw + b' ' * damaged).hexdigest()}  {order.number}.json\n"
    return {"file": (io.BytesIO(raw), f"{order.number}.json"), "manifest": (io.BytesIO(line.encode()), "a.sha256")}


def state(work, order):
    with work() as ctx:
        return queries.order(ctx, order.id).state


def test_the_application_is_what_was_frozen_and_its_manifest_fits(client, sign_in, order, work):
    sign_in(client, "tre-maker")
    assert order.number in client.get("/dept/treasury").text
    file = client.get(f"/dept/payments/{order.number}/application")
    manifest = client.get(f"/dept/payments/{order.number}/manifest").text
    assert manifest == f"{sha256(file.data).hexdigest()}  {order.number}.json\n"
    assert json.loads(file.data)["number"] == order.number
    assert "attachment" in file.headers["Content-Disposition"]
    sign_in(client, "tre-agency")
    assert client.get(f"/dept/payments/{order.number}/application").status_code == 403
    some_payers(work, source="treasury", username="oth")
    sign_in(client, "oth-maker")
    assert client.get(f"/dept/payments/{order.number}/application").status_code == 404


def test_a_receipt_counts_once_it_fits_and_a_second_person_confirms_it(client, sign_in, work, order):
    sign_in(client, "tre-maker")
    assert client.post("/dept/treasury").status_code == 422
    damaged = client.post("/dept/treasury", data=receipt(order, "paid", damaged=True))
    assert (damaged.status_code, "校验文件不符" in damaged.text) == (422, True)
    for wrong in (receipt(order, "paid", amount_fen=1), receipt(order, "lost")):
        assert client.post("/dept/treasury", data=wrong).status_code == 422
    assert client.post("/dept/treasury", data=receipt(order, "accepted")).status_code == 303
    with work() as ctx:
        assert course.observations(ctx, order.id)[-1].outcome == Outcome.ACCEPTED.value
    done = client.post("/dept/treasury", data=receipt(order, "paid"))
    assert (done.status_code, state(work, order)) == (303, "accepted")
    sign_in(client, "tre-checker")
    with work() as ctx:
        (entered,) = queries.receipts(ctx, order.id)
    assert client.post(f"/dept/payments/{order.number}/receipts/{entered.id}/confirm").status_code == 303
    assert state(work, order) == "paid"
    late = client.post("/dept/treasury", data=receipt(order, "accepted"))
    assert late.status_code in {409, 422}


def test_json_takes_receipts_and_strangers_files_are_refused(client, sign_in, work, order):
    sign_in(client, "tre-maker")
    told = client.post("/api/v1/treasury-receipts", data=receipt(order, "returned"))
    assert (told.status_code, told.json["state"]) == (200, "accepted")
    some_payers(work, source="treasury", username="oth")
    sign_in(client, "oth-maker")
    foreign = client.post("/api/v1/treasury-receipts", data=receipt(order, "paid"))
    assert foreign.json["type"].endswith("payments.receipt_file_foreign")


@pytest.mark.once
def test_the_terminal_writes_the_application_and_takes_the_receipt(app, work, order, tmp_path):
    def run(*words):
        return CliRunner().invoke(cli.payments, [str(word) for word in words], obj=Opener(lambda: app))

    assert run("treasury-file", order.number, tmp_path).exit_code == 0
    written, line = (tmp_path / f"{order.number}.{end}" for end in ("json", "sha256"))
    assert line.read_text() == f"{sha256(written.read_bytes()).hexdigest()}  {order.number}.json\n"
    parts = receipt(order, "paid")
    back, manifest = tmp_path / "back.json", tmp_path / "back.sha256"
    back.write_bytes(parts["file"][0].getvalue())
    manifest.write_bytes(parts["manifest"][0].getvalue())
    who = ("--department", order.department_id, "--as", "tre-maker")
    assert run("treasury-receipt", back, manifest, *who).output == f"{order.number}: accepted\n"
    assert run("treasury-receipt", back, back, *who).exit_code == 1
    assert "every receipt file" in run("check-receipts").output
    assert run("ask-receipt", order.number).exit_code == 1
    with work() as ctx:
        (entered,) = queries.receipts(ctx, order.id)
        (queries.receipt_folder(ctx) / entered.sha256).unlink()
    assert entered.sha256 in run("check-receipts").output
