import json

from click.testing import CliRunner

from marketplace.selection import service
from marketplace.selection.cli import draw
from marketplace.selection.ports import Offer
from marketplace.selection.rules import verify_draw

TENDER, NUMBER = "t" * 32, "ZJ-2026-000009"


def a_draw(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        offers = [Offer(f"o{i}", f"9132{i:014d}/{NUMBER}", f"a{i}", 100, ctx.now) for i in range(3)]
        return service.choose(ctx, tender_id=TENDER, number=NUMBER, method="random", offers=offers).draw


def test_the_public_record_can_be_fetched_and_verified_by_anyone(work, client):
    a_draw(work)
    answer = client.get(f"/api/v1/draws/{NUMBER}.json")
    assert answer.status_code == 200
    assert verify_draw(answer.get_json()) == []


def test_a_draw_that_was_not_held_is_not_found(client):
    answer = client.get("/api/v1/draws/ZJ-2026-999999.json")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "selection.draw_not_found"


def test_the_terminal_verifies_a_file(work, tmp_path):
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(a_draw(work)), encoding="utf-8")
    answer = CliRunner().invoke(draw, ["verify", str(path)])
    assert answer.exit_code == 0
    assert "通过" in answer.output


def test_the_terminal_finds_a_forged_order(work, tmp_path):
    record = a_draw(work)
    record["order"].reverse()
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    answer = CliRunner().invoke(draw, ["verify", str(path)])
    assert answer.exit_code == 1
    assert "不符" in answer.output


def test_the_terminal_refuses_what_is_no_json(tmp_path):
    path = tmp_path / "draw.json"
    path.write_text("not json", encoding="utf-8")
    assert CliRunner().invoke(draw, ["verify", str(path)]).exit_code == 1
