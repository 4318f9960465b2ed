"""The rooms by JSON, page and terminal; pages work without a script."""

import json
import re

import pytest
from click.testing import CliRunner

from marketplace.auctions.cli import auction
from marketplace.audit import service as audit
from marketplace.audit import verifier
from marketplace.testing import auctions as make
from marketplace.testing.tenders import some_bidders
from marketplace.web.terminal import Opener
from tests.tenders.reading import whole

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

NAMES = ["agency-one", "agency-two", "agency-three"]


@pytest.fixture
def hall(runtime, clock):
    return make.a_room(runtime, clock, usernames=NAMES, buyer="buyer-one")


@pytest.fixture
def bidder(client, sign_in, hall):
    """The first bidder's browser, signed in when asked: waiting for a room outlasts an idle sign-in."""
    return lambda: sign_in(client, "agency-one")


@pytest.fixture
def run(app):
    return lambda *words: CliRunner().invoke(auction, words, obj=Opener(lambda: app))


def test_the_schedule_and_the_room_are_public_in_both_languages(client, hall, runtime, clock):
    assert hall.number in whole(client.get("/auctions"))
    make.enter(runtime, clock, hall.number)
    for address in ("/auctions", f"/auctions/{hall.number}"):
        whole(client.get(address))
        english = re.sub(
            r'data-words="[^"]*"|<a [^>]*lang="zh-CN"[^>]*>.*?</a>', "", whole(client.get(f"{address}?lang=en"))
        )
        english = english.replace("中介超市运营中心", "").replace(hall.tender.title, "")
        assert re.findall(r"[\u4e00-\u9fff]+", english) == []
    assert 'http-equiv="refresh"' in client.get(f"/auctions/{hall.number}").text


def test_a_bidder_quotes_in_three_clicks(bidder, hall, runtime, clock):
    page = whole(bidder().get(f"/auctions/{hall.number}/seat"))
    assert "竞价还没有开始" in page
    make.enter(runtime, clock, hall.number)
    page = whole(bidder().get(f"/auctions/{hall.number}/seat"))
    price = re.search(r'btn-lg w-100" name="price_fen" value="([^"]+)"', page)[1]
    check = whole(bidder().post(f"/auctions/{hall.number}/seat/check", data={"price_fen": price}))
    assert "人民币大写" in check
    price = re.search(r'name="price_fen" value="([^"]+)"', check)[1]
    done = bidder().post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": price}, follow_redirects=True)
    assert "报价已收到并生效" in whole(done)
    assert make.room_now(runtime, hall.number).face["best"] == int(float(price) * 100)


def test_a_sealed_quote_is_confirmed_and_then_shown_to_nobody(client, sign_in, runtime, clock, monkeypatch):
    make.rule_values(monkeypatch, form="rounds")
    hall = make.a_room(runtime, clock, usernames=NAMES)
    make.enter(runtime, clock, hall.number)
    bidder = sign_in(client, "agency-one")
    check = whole(bidder.post(f"/auctions/{hall.number}/seat/check", data={"price_fen": "80123.00"}))
    assert "确认后报价立即加密" in check
    done = bidder.post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": "80123.00"}, follow_redirects=True)
    page = whole(done)
    assert "密封报价已收到并加密" in page
    assert "本阶段已收到您的密封报价" in page
    assert "80,123" not in page
    seat = bidder.get(f"/api/v1/auctions/{hall.number}/seat").json
    assert seat["sealed_at"] is not None
    assert 8_012_300 not in seat.values()


@pytest.mark.parametrize(("form", "kind"), [("countdown", "accepted"), ("rounds", "sealed")])
def test_a_quote_has_a_receipt_for_its_seat_alone(client, sign_in, runtime, clock, work, monkeypatch, form, kind):
    make.rule_values(monkeypatch, form=form)
    hall = make.a_room(runtime, clock, usernames=NAMES)
    make.enter(runtime, clock, hall.number)
    sign_in(client, "agency-one")
    done = client.post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": "60000.00"}, follow_redirects=True)
    address = re.search(rf'href="(/tenders/{hall.number}/receipts/[0-9a-f]{{64}})"', whole(done))[1]
    assert address in whole(client.get(f"/tenders/{hall.number}/receipts"))
    whole(client.get(address))
    receipt = client.get(f"{address}.json").json
    assert (receipt["kind"], verifier.check_document(receipt)) == (f"auction.quote.{kind}", {"receipt": []})
    assert sign_in(client, "agency-two").get(address).status_code == 404
    assert receipt["leaf"] not in whole(client.get(f"/tenders/{hall.number}/receipts"))
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        audit.seal(ctx)
    proof = sign_in(client, "agency-one").get(f"{address}/proof.json").json
    assert verifier.check_document(proof) == {"receipt": [], "inclusion": [], "head": []}
    assert proof["receipt"] == receipt


@pytest.mark.parametrize(("price", "words"), [("89000.00", "降价幅度不够"), ("abc", "请填写金额"), ("0", "越过了底线")])
def test_a_quote_that_will_not_do_comes_back_with_field_and_remedy(bidder, hall, runtime, clock, price, words):
    make.enter(runtime, clock, hall.number)
    asked = bidder().post(f"/auctions/{hall.number}/seat/check", data={"price_fen": price})
    assert words in whole(asked, 422)
    posted = bidder().post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": price})
    assert words in whole(posted, 422)
    assert 'href="#f-price_fen"' in posted.text


def test_the_desk_and_the_own_bids_lead_to_the_seat(bidder, hall):
    assert f"/auctions/{hall.number}/seat" in whole(bidder().get("/desk"))
    assert f"/auctions/{hall.number}/seat" in whole(bidder().get("/agency/bids"))


def test_before_the_start_a_quote_is_a_conflict_with_the_time(bidder, hall):
    answer = bidder().post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": "80000.00"})
    assert "下一阶段" in whole(answer, 409)


def test_whoever_has_no_seat_is_told_who_has(client, sign_in, hall, work):
    some_bidders(work, 1, usernames=["stranger"])
    answer = sign_in(client, "stranger").get(f"/auctions/{hall.number}/seat")
    assert "不是本次竞价的参加者" in whole(answer, 403)


def test_the_buyer_sees_numbers_only(client, sign_in, hall, runtime, clock):
    buyer = sign_in(client, "buyer-one")
    page = whole(buyer.get(f"/auctions/{hall.number}"))
    assert "项目业主须知" in page
    assert not any(name.organisation_name in page for name in hall.bidders if name.organisation_name)
    assert "查看竞价室" in whole(buyer.get(f"/buyer/tenders/{hall.number}"))


def test_the_record_shows_everything_with_names_after_the_end(client, hall, runtime, clock):
    assert client.get(f"/auctions/{hall.number}/record").status_code == 409
    make.play_out(runtime, clock, hall.number)
    page = whole(client.get(f"/auctions/{hall.number}/record"))
    assert page.count("江苏诚达咨询有限公司") >= 3
    assert "查看全部过程和结果" in whole(client.get(f"/auctions/{hall.number}"))


def test_the_stream_is_one_event_that_the_browser_asks_for_again(client, hall, clock):
    answer = client.get(f"/auctions/{hall.number}/events")
    assert answer.mimetype == "text/event-stream"
    lines = answer.text.strip().splitlines()
    assert lines[0].startswith("retry: ")
    face = json.loads(lines[2].removeprefix("data: "))
    assert (face["status"], face["now"]) == ("scheduled", clock().isoformat())


def test_json_room_seat_quote_and_refusals(bidder, hall, runtime, clock):
    base = f"/api/v1/auctions/{hall.number}"
    assert bidder().get("/api/v1/auctions").json[0]["number"] == hall.number
    early = bidder().post(f"{base}/quotes", json={"price_fen": "80000.00"})
    assert (early.status_code, early.json["type"]) == (409, "urn:marketplace:auction.not_open")
    make.enter(runtime, clock, hall.number)
    seat = bidder().get(f"{base}/seat").json
    assert seat["may_quote"] is True
    small = bidder().post(f"{base}/quotes", json={"price_fen": "84999.00"})
    assert small.status_code == 422
    assert "price_fen" in json.dumps(small.json)
    done = bidder().post(f"{base}/quotes", json={"price_fen": "80000.00"})
    assert (done.status_code, done.json["event"]["data"]["seat"]) == (201, seat["seat"])
    assert bidder().get(base).json["best"] == 8_000_000
    assert bidder().get(f"{base}/audit.json").status_code == 409


def test_the_terminal_shows_drives_and_verifies(run, client, hall, runtime, clock, tmp_path):
    assert "倒计时竞价" in run("show", hall.number).output
    clock.set(make.room_now(runtime, hall.number).starts_at)
    assert run("drive").output == "1间\n"
    make.play_out(runtime, clock, hall.number)
    path = tmp_path / "audit.json"
    path.write_text(client.get(f"/api/v1/auctions/{hall.number}/audit.json").text, encoding="utf-8")
    assert run("verify", str(path)).output.startswith("通过")
    file = json.loads(path.read_text(encoding="utf-8"))
    file["entries"][-1]["standings"][0]["value"] -= 1
    path.write_text(json.dumps(file), encoding="utf-8")
    assert run("verify", str(path)).exit_code == 1
    path.write_text("{", encoding="utf-8")
    assert "不是有效的 JSON" in run("verify", str(path)).output
