"""The keepers' doors, from the notice to the signed draw: pages, JSON, terminal, and two keepers at one moment."""

import json
import re

import pytest
from click.testing import CliRunner
from nacl.public import PrivateKey, SealedBox

from marketplace.kernel.events import canonical
from marketplace.kernel.keys import new_keeper, verify
from marketplace.selection.rules import verify_draw
from marketplace.tenders import queries
from marketplace.tenders.cli import keeper as keeper_commands
from marketplace.testing.identity import a_member
from marketplace.testing.selection import keys_apart
from marketplace.testing.tenders import (
    a_bid,
    a_buying_actor,
    a_tender,
    let_it_close,
    several_keepers,
    share_from,
    some_bidders,
)
from tests.flows.rivals import Rival, at_once, statuses

ALL = ("operator", "department", "regulator")
KINDS = {"operator": "operator", "department": "department", "regulator": "authority"}
FIXED_FEN = 8_000_000


@pytest.fixture
def keys(runtime):
    """The keepers' private keys, taken away from the service."""
    return keys_apart(runtime)


class Market:
    """people[name]: a browser in which somebody has just signed in; the time that passes here signs everybody out."""

    def __init__(self, app, sign_in):
        self.app, self.sign_in = app, sign_in

    def __getitem__(self, name):
        browser = self.app.test_client()
        return self.sign_in(browser, name) if name else browser


@pytest.fixture
def people(work, app, client, sign_in):
    """A browser for each keeper and one for the public."""
    with work() as ctx:
        for name, kind in KINDS.items():
            a_member(ctx, kind, username=name)
    return Market(app, sign_in)


@pytest.fixture
def tender(work, keys):
    """A draw among three, under two of three keepers."""
    several_keepers(work, *ALL, threshold=2)
    found = a_tender(work, a_buying_actor(work), method="random", fixed_price_fen=FIXED_FEN)
    for bidder in some_bidders(work, 3):
        a_bid(work, bidder, found.id, FIXED_FEN)
    return found


def page(browser, path, status=200):
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


def post(browser, path, status, **form):
    answer = browser.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == status, (path, answer.status_code, answer.get_data(as_text=True)[:400])
    return answer.get_data(as_text=True)


def opened_file(browser, keys, name, number):
    """The share file of a keeper, taken out with its private key as the terminal does it, without a database."""
    sealed = browser.get(f"/keeper/{number}/share.json").get_data(as_text=True)
    answer = CliRunner().invoke(keeper_commands, ["unseal", "-", "--key", keys[name]], input=sealed)
    assert answer.exit_code == 0, answer.output
    return re.findall(r"^[0-9a-f]{64,}$", answer.output, re.M)


def stage(work, tender):
    with work() as ctx:
        return queries.tender(ctx, tender.id).stage


def test_a_tender_goes_through_keepers_and_ceremony_by_pages_alone(work, runtime, clock, keys, people, tender):
    at = tender.number
    assert "3 名保管人中的 2 名" in page(people[""], f"/tenders/{at}")
    assert "不接受份额" in page(people["regulator"], f"/keeper/{at}")
    let_it_close(runtime, clock, tender.id)
    assert "待开启" in page(people[""], f"/tenders/{at}")
    assert at in page(people["department"], "/keeper")
    assert "提交密钥份额" in page(people["department"], "/desk")
    share, _ = opened_file(people["operator"], keys, "operator", at)
    post(people["operator"], f"/keeper/{at}/share", 303, share=share)
    wrong = post(people["department"], f"/keeper/{at}/share", 422, share=share)
    assert "行政主管部门" in wrong
    assert stage(work, tender) == "closed"
    post(
        people["department"],
        f"/keeper/{at}/share",
        303,
        share=opened_file(people["department"], keys, "department", at)[0],
    )
    runtime.settle()
    assert stage(work, tender) == "opened"
    for label in (offer.label for offer in offers(work, tender)):
        assert label in page(people[""], f"/draws/{at}")
    assert "种子到齐后同时公布" in page(people[""], f"/draws/{at}")
    seed = opened_file(people["operator"], keys, "operator", at)[1]
    assert "承诺不符" in post(people["regulator"], f"/keeper/{at}/seed", 422, seed=seed)
    post(people["operator"], f"/keeper/{at}/seed", 303, seed=seed)
    assert seed not in page(people[""], f"/draws/{at}")
    post(
        people["regulator"], f"/keeper/{at}/seed", 303, seed=opened_file(people["regulator"], keys, "regulator", at)[-1]
    )
    runtime.settle()
    assert stage(work, tender) == "publicity"
    assert "与公布的顺序一致" in page(people[""], f"/draws/{at}")
    assert seed in page(people[""], f"/draws/{at}")
    assert "没有等待贵单位" in page(people["regulator"], "/keeper")


def offers(work, tender):
    with work() as ctx:
        return queries.offers(ctx, tender.id)


def test_the_minutes_are_public_signed_and_only_after_the_opening(work, runtime, clock, people):
    tender = a_tender(work)
    for bidder, price in zip(some_bidders(work, 2), (100, 200), strict=True):
        a_bid(work, bidder, tender.id, price)
    page(people[""], f"/tenders/{tender.number}/opening", 404)
    let_it_close(runtime, clock, tender.id)
    found = people[""].get(f"/api/v1/tenders/{tender.number}/minutes").json
    assert verify(found["public_key"], canonical(found["minutes"]), found["signature"])
    shown = page(people[""], f"/tenders/{tender.number}/opening")
    assert all(digest in shown for digest in found["minutes"]["envelopes"])
    assert found["signature"] in shown
    named = people[""].get(f"/api/v1/tenders/{tender.number}/keepers").json
    assert [(row["keeper"], bool(row["handed_in_at"])) for row in named] == [("operator", True)]


def test_witnesses_are_named_by_the_buyer_and_sign_on_the_draw_page(work, runtime, clock, app, sign_in, client):
    buyer = a_buying_actor(work, username="owner")
    tender = a_tender(work, buyer, method="random", fixed_price_fen=FIXED_FEN)
    owner = sign_in(app.test_client(), "owner")
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, FIXED_FEN)
    made = post(owner, f"/buyer/tenders/{tender.number}/witnesses", 200, name="陈志远", organisation="县纪委监委")
    code = re.search(r'mk-hash">([0-9a-f]{12})<', made).group(1)
    assert code not in page(owner, f"/buyer/tenders/{tender.number}/witnesses")
    post(owner, f"/buyer/tenders/{tender.number}/witnesses", 422, name="")
    door = f"/api/v1/tenders/{tender.id}/witnesses"
    told = owner.post(door, json={"name": "李敏"})
    assert (told.status_code, told.json["name"], len(told.json["code"])) == (201, "李敏", 12)
    assert owner.post(door, json={"name": "李敏"}).status_code == 409
    a_buying_actor(work, username="another")
    assert sign_in(app.test_client(), "another").post(door, json={"name": "王强"}).status_code == 404
    let_it_close(runtime, clock, tender.id)
    assert "未签署" in page(client, f"/draws/{tender.number}")
    assert "见证码不正确" in post(client, f"/draws/{tender.number}/signature", 422, code="0" * 12)
    post(client, f"/draws/{tender.number}/signature", 303, code=code, remark="过程公开")
    signed = client.post(f"/api/v1/draws/{tender.number}/witnesses/signature", json={"code": told.json["code"]})
    assert signed.json["signed_at"]
    assert "过程公开" in page(client, f"/draws/{tender.number}")
    assert verify_draw(client.get(f"/api/v1/draws/{tender.number}.json").json) == []
    assert "已经完成" in post(sign_in(owner, "owner"), f"/buyer/tenders/{tender.number}/witnesses", 409, name="李敏")


@pytest.mark.parametrize("round_", range(3))
def test_two_keepers_hand_in_the_kth_share_at_once_and_one_opening_is_made(
    app, work, runtime, clock, keys, people, sign_in, tender, round_
):
    let_it_close(runtime, clock, tender.id)
    shares = {name: share_from(work, keys, tender.id, name) for name in ALL}
    rivals = {name: Rival(app, sign_in, name) for name in ALL}
    assert rivals["operator"].post(f"/tenders/{tender.id}/shares", {"share": shares["operator"]}).status_code == 200
    answers = at_once(
        *[
            lambda name=name: rivals[name].post(f"/tenders/{tender.id}/shares", {"share": shares[name]})
            for name in ("department", "regulator")
        ]
    )
    assert statuses(answers) == [200, 200]
    assert {answer.json["stage"] for answer in answers} == {"opened"}
    assert len(offers(work, tender)) == 3
    assert len(people[""].get(f"/api/v1/tenders/{tender.number}/minutes").json["offers"]) == 3


def test_a_stranger_meets_no_keepers_door(work, app, sign_in, tender):
    some_bidders(work, 1, usernames=["bidder"])
    browser = sign_in(app.test_client(), "bidder")
    for path in ("/keeper", f"/keeper/{tender.number}", f"/keeper/{tender.number}/share.json"):
        assert browser.get(path).status_code == 403
    answer = browser.post(
        f"/api/v1/tenders/{tender.id}/shares", json={"share": "00"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 403


# --- terminal -----------------------------------------------------------------------------------------------------


def test_a_new_pair_fits_itself():
    answer = CliRunner().invoke(keeper_commands, ["new", "regulator"])
    published, private = re.findall(r"^regulator=([0-9a-f]{64})$", answer.output, re.M)
    assert bytes(PrivateKey(bytes.fromhex(private)).public_key).hex() == published


def test_a_file_and_a_key_that_do_not_fit_are_refused(work, people, tender, tmp_path):
    sealed = people["operator"].get(f"/keeper/{tender.number}/share.json").get_data(as_text=True)
    for text, key in ((sealed, new_keeper()[0]), (sealed, "no key"), ("{}", new_keeper()[0]), ("", "")):
        answer = CliRunner().invoke(keeper_commands, ["unseal", "-", "--key", key], input=text)
        assert answer.exit_code == 1
        assert "不符" in answer.output


def test_a_keepers_shell_lists_what_waits_and_hands_in(app, work, runtime, clock, keys, people, tender):
    let_it_close(runtime, clock, tender.id)

    def run(*words):
        with app.app_context():
            return CliRunner().invoke(keeper_commands, [*words])

    assert tender.number in run("waiting", "regulator").output
    refused = run("hand-in", tender.number, "--keeper", "regulator")
    assert (refused.exit_code, "kernel.key_not_held" in refused.output) == (75, True)
    runtime.keys.private["regulator"] = keys["regulator"]
    answer = run("hand-in", tender.number, "--keeper", "regulator")
    assert (answer.exit_code, "待开启" in answer.output) == (0, True), answer.output
    share = json.loads(people["operator"].get(f"/keeper/{tender.number}/share.json").get_data(as_text=True))["envelope"]
    text = SealedBox(PrivateKey(bytes.fromhex(keys["operator"]))).decrypt(bytes.fromhex(share)).hex()
    answer = run("hand-in", tender.number, "--keeper", "operator", "--share", text)
    assert answer.exit_code == 0, answer.output
    assert stage(work, tender) == "opened"
