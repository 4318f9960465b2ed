"""Numbers of a lottery through the keepers' doors: the notice names the game, the frozen pool the issue."""

from datetime import timedelta

import pytest

from marketplace.audit import verifier
from marketplace.selection.rules import verify_draw
from marketplace.testing.identity import a_member
from marketplace.testing.rulebook import a_version
from marketplace.testing.tenders import a_bid, a_tender, let_it_close, some_bidders
from tests.tenders.test_keeping_doors import FIXED_FEN, page, post

RIGHT = {"game": "fc3d", "numbers": "5 1 2", "source": "lottery"}


@pytest.fixture
def waiting(work, runtime, clock):
    """A tender whose pool is frozen and that waits for the numbers."""
    with work() as ctx:
        a_version(ctx, "320700", values={"draw.public_sources": ["lottery"], "draw.lottery_game": "fc3d"})
        for name in ("one", "two"):
            a_member(ctx, "operator", username=name)
    tender = a_tender(work, method="random", fixed_price_fen=FIXED_FEN)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, FIXED_FEN)
    let_it_close(runtime, clock, tender.id)
    return tender


def test_the_pages_name_game_and_issue_and_take_no_other(work, runtime, clock, app, sign_in, client, waiting):
    before = page(client, f"/draws/{waiting.number}")
    assert "彩种为福彩3D，采用名单冻结满 30 分钟后的第一次开奖" in before
    due = client.get(f"/api/v1/draws/{waiting.number}/pool").json["awaited"]["lottery"]
    assert f"采用福彩3D第 {due['issue']} 期" in before
    clock.set(verifier.datetime.fromisoformat(due["at"]) + timedelta(minutes=5))
    one = sign_in(app.test_client(), "one")
    assert f"采用福彩3D第 {due['issue']} 期" in page(one, f"/keeper/{waiting.number}")
    door = f"/keeper/{waiting.number}/numbers"
    for wrong in ({"issue": "2026001"}, {"game": "ssq", "issue": due["issue"]}):
        assert "其他彩种或期次不予采用" in post(one, door, 422, **{**RIGHT, **wrong})
    for name in ("one", "two"):
        post(sign_in(app.test_client(), name), door, 303, **{**RIGHT, "issue": due["issue"]})
    runtime.tick()
    record = client.get(f"/api/v1/draws/{waiting.number}.json").json
    assert verify_draw(record) == []
    assert verifier.check_document(record) == {"draw": []}
    assert "未核验" in post(client, "/verify", 200, document=client.get(f"/api/v1/draws/{waiting.number}.json").text)
    assert "福彩3D" in page(client, f"/draws/{waiting.number}")
