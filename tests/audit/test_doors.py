"""The log through its doors: JSON, pages, terminal."""

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import ClassVar

import pytest

from marketplace.audit import service, verifier
from marketplace.kernel.events import Event, canonical

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


@dataclass(frozen=True, slots=True)
class Shown(Event):
    type: ClassVar[str] = "sample.door.shown"
    note: str


@dataclass(frozen=True, slots=True)
class Covered(Event):
    type: ClassVar[str] = "sample.door.covered"
    sealed: ClassVar[bool] = True
    digest: str


@pytest.fixture
def recorded(work):
    """One public event among others, sealed in two heads."""
    with work() as ctx:
        ctx.record(Shown(subject="sample/1", note="先"))
        service.seal(ctx)
    with work() as ctx:
        item = ctx.record(Shown(subject="sample/1", note="后"))
        service.seal(ctx)
        return item


def text_of(response):
    return response.get_data(as_text=True)


def signed(ctx, body):
    body = {**body, "public_key": ctx.keys.public_key}
    return {**body, "signature": ctx.keys.sign(canonical(body))}


def test_head_proof_consistency_and_event_verify_offline(client, recorded, tmp_path):
    head = client.get("/api/v1/log/head").json
    proof = client.get("/api/v1/log/proof", query_string={"leaf": recorded.leaf}).json
    event = client.get(f"/api/v1/log/events/{recorded.id}").json
    first = head["size"] - 1
    pair = client.get("/api/v1/log/consistency", query_string={"first": first, "second": head["size"]}).json
    assert event["event"]["data"] == {"note": "后"}
    bundle = {**proof, "consistency": pair, "receipt": None}
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", "-S", verifier.__file__, str(path)], check=False, capture_output=True)
    assert (run.returncode, run.stdout.decode().count("通过")) == (0, 3)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("proof?leaf=" + "0" * 64, 404, "audit.event_not_found"),
        ("proof?leaf=1", 422, None),
        ("proof", 422, None),
        ("consistency?first=0&second=1", 422, "audit.sizes_reversed"),
        ("consistency?first=1&second=99999999", 404, "audit.head_not_found"),
        ("events/" + "0" * 32, 404, "audit.event_not_found"),
    ],
)
def test_wrong_questions_are_refused_as_problem_documents(client, recorded, path, status, code):
    response = client.get(f"/api/v1/log/{path}")
    assert response.status_code == status
    assert code is None or response.json["code"] == code


def test_a_sealed_event_waits_outside_the_tree_and_has_no_content(client, work):
    with work() as ctx:
        before = service.seal(ctx).size
        hidden = ctx.record(Covered(subject="tender/9", digest="secretdigest"))
        assert service.seal(ctx).size == before
    response = client.get(f"/api/v1/log/events/{hidden.id}")
    assert (response.json["event"], response.json["leaf"]) == (None, hidden.leaf)
    assert response.json["inclusion"] is None
    assert "secretdigest" not in text_of(response)
    assert "tender/9" not in text_of(response)


def test_the_heads_are_listed_with_the_key(client, recorded, work):
    page = text_of(client.get("/log"))
    with work() as ctx:
        assert ctx.keys.public_key in page
    assert client.get("/api/v1/log/head").json["root"] in page


def test_a_pasted_receipt_is_called_good_and_found_in_the_log(client, recorded, work):
    event = client.get(f"/api/v1/log/events/{recorded.id}").json["event"]
    with work() as ctx:
        receipt = signed(ctx, {"leaf": recorded.leaf, "event": event})
    page = text_of(client.post("/verify", data={"document": json.dumps(receipt)}))
    assert "回执签名和内容：通过" in page
    assert "在日志中的序号" in page


def test_a_receipt_with_one_thing_changed_is_called_bad_in_words(client, recorded, work):
    with work() as ctx:
        receipt = signed(ctx, {"leaf": recorded.leaf, "price": "1"})
    page = text_of(client.post("/verify", data={"document": json.dumps({**receipt, "price": "2"})}))
    assert verifier.BAD_SIGNATURE in page


def test_a_receipt_signed_by_a_stranger_is_called_bad(client):
    from nacl.signing import SigningKey

    key = SigningKey(bytes(32))
    body = {"leaf": "00" * 32, "public_key": bytes(key.verify_key).hex()}
    receipt = {**body, "signature": key.sign(canonical(body)).signature.hex()}
    assert verifier.BAD_KEY in text_of(client.post("/verify", data={"document": json.dumps(receipt)}))


def test_a_file_is_checked_like_a_paste(client, recorded):
    head = json.dumps(client.get("/api/v1/log/head").json).encode()
    page = client.post("/verify", data={"file": (io.BytesIO(head), "head.json")}, content_type="multipart/form-data")
    assert "树头签名：通过" in text_of(page)


@pytest.mark.parametrize("name", ["id", "leaf"])
def test_an_event_id_or_a_leaf_is_looked_up(client, recorded, name):
    code = getattr(recorded, name)
    for page in (client.get("/verify", query_string={"code": code}), client.post("/verify", data={"code": code})):
        assert "事件在日志之中：通过" in text_of(page)


def test_a_check_code_leads_to_the_page_of_documents(client):
    response = client.get("/verify?code=ABCD-EFGH-JKLM-NPQR")
    assert (response.status_code, response.location) == (303, "/v?code=ABCD-EFGH-JKLM-NPQR")


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", "{}", "1.5", '{"a": 1.5}', "[" * 100_000, '{"receipt": {"leaf": ' + "[" * 900 + "]" * 900 + "}}"],
)
def test_what_cannot_be_read_is_told_at_its_field(client, document):
    response = client.post("/verify", data={"document": document})
    assert response.status_code in {200, 422}
    assert "通过" not in re.sub(r"<[^>]*>", "", text_of(response))


def test_an_unknown_leaf_is_told_at_its_field(client):
    response = client.post("/verify", data={"code": "0" * 64})
    assert response.status_code == 422
    assert 'href="#f-code"' in text_of(response)


def test_the_offline_verifier_can_be_downloaded_whole(client):
    response = client.get("/log/verifier.py")
    compile(text_of(response), "verifier.py", "exec")
    assert "attachment" in response.headers["Content-Disposition"]


def run(app, *words):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["marketplace", "audit", *words])


def test_the_terminal_seals_verifies_and_exports(app, work, tmp_path):
    with work() as ctx:
        ctx.record(Shown(subject="sample/1", note="先"))
        hidden = ctx.record(Covered(subject="tender/9", digest="secretdigest"))
    assert re.match(r"\d+ [0-9a-f]{64}\n", run(app, "seal").output)
    assert "日志核验通过" in run(app, "verify").output
    file = tmp_path / "log.jsonl"
    assert "已导出" in run(app, "export", str(file)).output
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["head"]["size"] == len(lines) - 1
    assert "secretdigest" not in file.read_text(encoding="utf-8")
    assert hidden.leaf not in {line.get("leaf") for line in lines}  # the size of the log does not count bids
    for line in lines[1:]:
        if line["event"]:
            assert verifier.hash_leaf(canonical(line["event"])).hex() == line["leaf"]


def test_the_terminal_tells_a_broken_log_by_its_exit_code(app, work):
    from sqlalchemy import text

    with work() as ctx:
        ctx.record(Shown(subject="sample/1", note="先"))
        service.seal(ctx)
    with work() as ctx:
        if ctx.session.get_bind().dialect.name == "sqlite":
            ctx.session.execute(text("DROP TRIGGER marketplace_event_no_update"))
        else:
            ctx.session.execute(text("DROP TRIGGER marketplace_event_append_only ON marketplace_event"))
        ctx.session.execute(text("UPDATE marketplace_event SET body = replace(body, '先', '后')"))
    result = run(app, "verify")
    assert result.exit_code == 1
    assert "的内容被改动" in result.output


def test_the_terminal_checks_a_file(app, client, recorded, tmp_path):
    path = tmp_path / "head.json"
    path.write_text(json.dumps(client.get("/api/v1/log/head").json))
    assert run(app, "check", str(path)).exit_code == 0
    assert run(app, "check", str(path), "--key", "00" * 32).exit_code == 1
