"""k of n keepers: nothing opens before the closing or below k, the k-th opens, the silent are named, too few void."""

import json

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import select

from marketplace import config, operations
from marketplace.kernel import shares
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.kernel.events import EventRow, canonical
from marketplace.kernel.keys import verify
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Bid, KeyShare
from marketplace.tenders.queries import openings
from marketplace.tenders.service import opening
from marketplace.testing.identity import a_member
from marketplace.testing.selection import keys_apart
from marketplace.testing.tenders import a_bid, a_tender, let_it_close, several_keepers, share_from, some_bidders

ALL = ("operator", "department", "regulator")


@pytest.fixture
def keys(runtime):
    """The keepers' private keys, taken away from the service: the web process and the worker hold none."""
    return keys_apart(runtime)


@pytest.fixture
def tender(work, keys):
    """Two bids under two of three keepers."""
    several_keepers(work, *ALL, threshold=2)
    found = a_tender(work)
    for bidder, price in zip(some_bidders(work, 2), (8_500_000, 8_400_000), strict=True):
        a_bid(work, bidder, found.id, price)
    return found


def hand_in(work, keys, tender, keeper, share=None):
    with work() as ctx:
        text = share or share_from(work, keys, tender.id, keeper)
        return service.hand_in_share(ctx, tender.id, keeper=keeper, share=text).stage


def types_of(work, tender):
    with work() as ctx:
        wanted = select(EventRow.type).where(EventRow.subject == f"tender/{tender.id}", ~EventRow.sealed)
        return list(ctx.session.scalars(wanted.order_by(EventRow.id)))


def test_the_notice_names_the_keepers_and_the_digest_of_each_share(work, keys, tender):
    with work() as ctx:
        row = ctx.session.scalar(select(EventRow).where(EventRow.type == "tender.notice.published"))
        named = json.loads(row.body)["data"]
        assert (sorted(named["keepers"]), named["threshold"]) == (sorted(ALL), 2)
        assert len(set(named["keepers"].values())) == 3


def test_a_share_before_the_closing_is_refused_and_stays_unknown(work, keys, tender):
    with pytest.raises(errors.ShareTooEarly):
        hand_in(work, keys, tender, "operator")
    with work() as ctx:
        assert {row.share for row in openings.shares(ctx, tender.id)} == {None}


def test_closing_waits_for_the_keepers_and_the_kth_share_opens_and_awards(work, runtime, clock, keys, tender):
    assert let_it_close(runtime, clock, tender.id).stage == "closed"
    clock.advance(seconds=1)
    assert hand_in(work, keys, tender, "regulator") == "closed"
    with work() as ctx:
        assert queries.offers(ctx, tender.id) == []
    clock.advance(seconds=1)
    assert hand_in(work, keys, tender, "department") == "publicity"
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 8_400_000
    assert types_of(work, tender)[-6:] == [
        "tender.shares.awaited",
        "tender.share.handed_in",
        "tender.share.handed_in",
        "tender.bids.opened",
        "tender.ranking.published",
        "tender.award.proposed",
    ]


def test_a_share_said_again_changes_nothing_and_one_too_many_is_welcome(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    assert [hand_in(work, keys, tender, "regulator") for _ in range(2)] == ["closed", "closed"]
    hand_in(work, keys, tender, "operator")
    before = types_of(work, tender)
    assert hand_in(work, keys, tender, "department") == "publicity"
    assert types_of(work, tender) == before


@pytest.mark.parametrize("wrong", ["another tender's", "another keeper's", "a changed byte", "no hexadecimal", ""])
def test_a_wrong_share_is_refused_and_its_keeper_named(work, runtime, clock, keys, tender, wrong):
    let_it_close(runtime, clock, tender.id)
    mine = share_from(work, keys, tender.id, "regulator")
    text = {
        "another tender's": lambda: share_from(work, keys, a_tender(work).id, "regulator"),
        "another keeper's": lambda: share_from(work, keys, tender.id, "operator"),
        "a changed byte": lambda: mine[:-2] + ("00" if mine[-2:] != "00" else "11"),
        "no hexadecimal": lambda: "份额",
    }.get(wrong, lambda: " ")()
    with pytest.raises(errors.ShareWrong, match="监管部门"):
        hand_in(work, keys, tender, "regulator", text)
    assert hand_in(work, keys, tender, "regulator", f"  {mine[:30]}\n{mine[30:].upper()} ") == "closed"


def test_nobody_hands_in_for_another_keeper(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    share = share_from(work, keys, tender.id, "regulator")
    with work() as ctx:
        operator, authority = a_member(ctx, "operator"), a_member(ctx, "authority", "authority")
    with pytest.raises(NotPermitted), work(operator) as ctx:
        service.hand_in_share(ctx, tender.id, keeper="regulator", share=share)
    with work(authority) as ctx:
        assert service.hand_in_share(ctx, tender.id, keeper="regulator", share=share).stage == "closed"
    with pytest.raises(errors.KeeperNotNamed), work() as ctx:
        service.hand_in_share(ctx, tender.id, keeper="mayor", share=share)


def test_a_worker_with_a_keepers_key_hands_in_by_itself(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    for keeper, stage in (("operator", "closed"), ("regulator", "publicity")):
        runtime.keys.private[keeper] = keys[keeper]
        runtime.tick()
        del runtime.keys.private[keeper]
        with work() as ctx:
            assert queries.tender(ctx, tender.id).stage == stage


def test_silent_keepers_are_named_once_the_time_is_over(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    hand_in(work, keys, tender, "operator")
    clock.advance(minutes=119)
    runtime.settle()
    assert "tender.shares.overdue" not in types_of(work, tender)
    clock.advance(minutes=1)
    runtime.settle()
    with work() as ctx:
        row = ctx.session.scalar(select(EventRow).where(EventRow.type == "tender.shares.overdue"))
        assert json.loads(row.body)["data"]["keepers"] == ["department", "regulator"]
    assert hand_in(work, keys, tender, "department") == "publicity"


def test_too_few_shares_void_the_tender_and_no_bid_is_ever_opened(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    hand_in(work, keys, tender, "operator")
    clock.advance(days=14)
    runtime.settle()
    with work() as ctx:
        found = queries.tender(ctx, tender.id)
        assert (found.stage, "份额不足" in found.ended_reason, found.opened_at) == ("failed", True, None)
        assert queries.offers(ctx, tender.id) == []
    with pytest.raises(WrongState):
        hand_in(work, keys, tender, "regulator")


def test_the_minutes_say_who_opened_what_and_bear_the_markets_signature(work, runtime, clock, keys, tender):
    let_it_close(runtime, clock, tender.id)
    for keeper in ("operator", "regulator"):
        hand_in(work, keys, tender, keeper)
    with work() as ctx:
        data = openings.minutes(ctx, tender.id)
        bids = sorted(ctx.session.scalars(select(Bid.digest).where(Bid.tender_id == tender.id)))
    minutes = data["minutes"]
    assert verify(data["public_key"], canonical(minutes), data["signature"])
    assert minutes["envelopes"] == bids
    assert [row["keeper"] for row in minutes["keepers"] if row["handed_in_at"]] == ["operator", "regulator"]
    assert not verify(data["public_key"], canonical({**minutes, "threshold": 1}), data["signature"])


def test_a_market_whose_keepers_have_no_keys_cannot_publish(work, runtime):
    several_keepers(work, *ALL, threshold=2)
    runtime.keys.keepers.pop("department")
    with pytest.raises(errors.KeeperWithoutKey):
        a_tender(work)


def test_a_threshold_above_the_number_of_keepers_cannot_be_published(work):
    several_keepers(work, "operator", threshold=2)
    with pytest.raises(errors.ThresholdUnfit):
        a_tender(work)


def everything_an_attacker_tries(rows, keys):
    """Every secret on every sealed thing of a dump, and whatever that gives on everything again, until nothing new."""
    known, tried = {bytes.fromhex(key) for key in keys}, set()
    while known - tried:
        for key in known - tried:
            tried.add(key)
            for text in rows:
                try:
                    found = SealedBox(PrivateKey(key)).decrypt(bytes.fromhex(text))
                except (CryptoError, ValueError):
                    continue
                yield found
                known.add(found[-32:])


@pytest.mark.parametrize("bought", [("operator",), ("department",), ("regulator",), ALL[:2]])
def test_a_dump_every_secret_of_the_web_and_fewer_than_k_keepers_open_no_envelope(work, runtime, keys, tender, bought):
    with work() as ctx:
        sealed = list(ctx.session.scalars(select(KeyShare.envelope))) + list(ctx.session.scalars(select(Bid.envelope)))
        published = queries.tender(ctx, tender.id).envelope_key
    web = runtime.keys.secret.hex(), runtime.keys._derive("rest").hex(), runtime.keys._derive("index").hex()
    stolen = [keys[name] for name in bought]
    found = list(everything_an_attacker_tries(sealed, [*web, *stolen]))
    assert len(found) == len(bought)  # the shares of the keepers that were bought, and nothing else
    opened = [one for one in found if b"price_fen" in one]
    assert opened == []
    if len(bought) == 2:  # with k the same attacker succeeds, so the attack is a real one
        private = shares.join(found, 2)
        assert bytes(PrivateKey(private).public_key).hex() == published
        assert any(b"price_fen" in one for one in everything_an_attacker_tries(sealed, [private.hex()]))


def test_an_opening_that_breaks_half_way_leaves_everything_as_it_was(work, runtime, clock, keys, tender, monkeypatch):
    let_it_close(runtime, clock, tender.id)
    hand_in(work, keys, tender, "operator")
    before = types_of(work, tender)
    with monkeypatch.context() as broken:
        broken.setattr(opening, "reveal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hand_in(work, keys, tender, "regulator")
    with work() as ctx:
        assert queries.tender(ctx, tender.id).stage == "closed"
        assert [row.keeper for row in openings.shares(ctx, tender.id) if row.share] == ["operator"]
        assert queries.offers(ctx, tender.id) == []
    assert types_of(work, tender) == before
    assert hand_in(work, keys, tender, "regulator") == "publicity"


# --- before the first day --------------------------------------------------------------------------------------------

PAIR = {"operator": "aa" * 32, "regulator": "bb" * 32}


@pytest.mark.parametrize(
    ("named", "threshold", "held", "word"),
    [
        (["operator"], 1, 1, None),
        (["operator", "regulator"], 2, 1, None),
        (["operator", "department"], 2, 1, "names department"),
        (["operator"], 2, 1, "only 1 keepers"),
        (["operator", "regulator"], 1, 1, "opens alone"),
        (["operator", "regulator"], 2, 2, "shares protect nothing"),
    ],
)
def test_an_environment_that_does_not_fit_the_rules_on_opening_is_not_deployed(named, threshold, held, word):
    found = list(operations.keeping_problems(named, threshold, PAIR, held))
    assert len(found) == (word is not None)
    assert word is None or word in found[0]


@pytest.mark.parametrize("keepers", ["operator=abc", f"operator={'aa' * 32},regulator={'aa' * 32}"])
def test_keys_of_keepers_that_are_none_or_shared_are_not_deployed(keepers):
    settings = {**config.load({}), "MARKETPLACE_KEEPERS": keepers}
    assert any(problem.startswith("MARKETPLACE_KEEPERS:") for problem in operations.deployment_problems(settings))
