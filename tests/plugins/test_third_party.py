"""A distribution of somebody else: nothing of it runs until the operator names it, and then it is a method like any."""

import sys
from textwrap import dedent

import pytest
from sqlalchemy import select

from marketplace.app import create_app
from marketplace.kernel.clock import SimulatedClock
from marketplace.payments import queries as payments
from marketplace.rulebook import service as rulebook
from marketplace.rulebook.errors import RuleValueInvalid
from marketplace.selection.errors import MethodUnknown
from marketplace.selection.methods import BUILTINS
from marketplace.selection.models import Draw
from marketplace.tenders import queries as tenders
from marketplace.tenders.errors import MethodNotOffered
from marketplace.testing import conformance
from marketplace.testing.plugin import START, put_away, runtime_of
from marketplace.testing.rulebook import a_version
from marketplace.testing.tenders import a_bid, a_tender, let_it_close, some_bidders

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

CODE = '''
    """Selection by price per day; written against the public words of the market only."""

    from collections import Counter

    from marketplace.credit.feeds.csv_file import CsvFeed
    from marketplace.kernel.money import Fen
    from marketplace.payments.gateways.treasury import TreasuryGateway
    from marketplace.selection.ports import Choice


    class Rated:
        code = "rated"
        label = "综合评分"
        sealed_until = "close"
        needs_entropy = True
        competitive = True

        def admit(self, tender, offer):
            return "报价高于最高限价" if offer.price_fen > tender.ceiling_fen else None

        def choose(self, offers, seed):
            worth = {offer.id: offer.price_fen * offer.days for offer in offers}
            tied = any(times > 1 for times in Counter(worth.values()).values())
            if tied and seed is None:
                raise ValueError("equal marks need the draw")
            ordered = sorted(seed.order(offers) if tied else offers, key=lambda offer: worth[offer.id])
            reasons = {offer.id: f"综合评分第{place}位" for place, offer in enumerate(ordered, 1)}
            return Choice(tuple(reasons), reasons, chance=tied)


    rated = Rated()


    class Misnamed(Rated):
        code = "another"


    misnamed = Misnamed()


    def courier(settings, clock):
        from pathlib import Path

        return TreasuryGateway(Path(settings["MARKETPLACE_TREASURY"]) / "courier", clock, name="courier")


    class Gazette(CsvFeed):
        code = "gazette"
        label = "政府公报"


    gazette = Gazette()


    class Smartcard:
        def identify(self, ctx, headers, cookies):
            return None


    smartcard = Smartcard()
'''
POINTS = """
    [marketplace.selection_methods]
    rated = rated_market:rated
    misnamed = rated_market:misnamed
    lowest = rated_market:rated

    [marketplace.payment_gateways]
    courier = rated_market:courier

    [marketplace.credit_feeds]
    gazette = rated_market:gazette

    [marketplace.identity_providers]
    smartcard = rated_market:smartcard
"""


def install(folder, name="rated-market", points=POINTS):
    """What pip leaves behind: a module and the metadata of its distribution."""
    (folder / "rated_market.py").write_text(dedent(CODE), "utf-8")
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(dedent(points))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path in which somebody else's distribution is installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    install(folder)
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("rated_market", None)


@pytest.fixture
def start(marketplace_backend, marketplace_keys, tmp_path, site):
    """Start a marketplace with settings of its own on a fresh database."""
    ends = []

    def begin(**over):
        url, remove = marketplace_backend.fresh(tmp_path)
        settings = {
            **marketplace_keys,
            "MARKETPLACE_DATABASE_URL": url,
            "MARKETPLACE_FILES": str(tmp_path / "files"),
            "MARKETPLACE_TREASURY": str(tmp_path / "treasury"),
            "MARKETPLACE_SANDBOX": str(tmp_path / "sandbox"),
            **over,
        }
        try:
            app = create_app(settings, clock=SimulatedClock(START), holds_keys=True)
        except Exception:
            remove()
            raise
        ends.append(lambda: (put_away(app), remove()))
        return runtime_of(app)

    yield begin
    for end in ends:
        end()


def test_what_is_installed_but_not_named_is_not_even_imported(start):
    runtime = start()
    assert set(runtime.plugins["selection_methods"]) == set(BUILTINS)
    assert "courier" not in runtime.plugins["payment_gateways"]
    assert "gazette" not in runtime.plugins["credit_feeds"]
    assert "rated_market" not in sys.modules


@pytest.mark.parametrize(
    ("setting", "name", "point"),
    [
        ("MARKETPLACE_SELECTION_METHODS", "rated", "selection_methods"),
        ("MARKETPLACE_PAYMENT_GATEWAYS", "courier", "payment_gateways"),
        ("MARKETPLACE_CREDIT_FEEDS", "gazette", "credit_feeds"),
        ("MARKETPLACE_IDENTITY", "smartcard", "identity_providers"),
    ],
)
def test_what_is_named_is_loaded_and_nothing_else(start, setting, name, point):
    runtime = start(**{setting: name})
    assert name in runtime.plugins[point]
    loaded = {"rated", "courier", "gazette", "smartcard"} & {
        code for registry in runtime.plugins.values() for code in registry
    }
    assert loaded == {name}


@pytest.mark.parametrize(
    ("setting", "group"),
    [
        ("MARKETPLACE_SELECTION_METHODS", "marketplace.selection_methods"),
        ("MARKETPLACE_PAYMENT_GATEWAYS", "marketplace.payment_gateways"),
        ("MARKETPLACE_CREDIT_FEEDS", "marketplace.credit_feeds"),
        ("MARKETPLACE_IDENTITY", "marketplace.identity_providers"),
    ],
)
def test_a_name_that_nobody_offers_stops_the_start_and_is_named(start, setting, group):
    with pytest.raises(LookupError, match=rf"{group}: no plug-in is called 'ratde'; installed are "):
        start(**{setting: "ratde"})


def test_a_name_that_two_distributions_offer_stops_the_start(start, site):
    install(site, "other-market", "[marketplace.selection_methods]\nrated = rated_market:rated\n")
    with pytest.raises(ValueError, match="'rated' is offered more than once"):
        start(MARKETPLACE_SELECTION_METHODS="rated")


def test_nobody_takes_the_name_of_a_built_in(start):
    with pytest.raises(ValueError, match="'lowest' is offered more than once"):
        start(MARKETPLACE_SELECTION_METHODS="lowest")


def test_a_built_in_may_be_named_where_nobody_else_offers_it(start):
    assert "random" in start(MARKETPLACE_SELECTION_METHODS=" random, rated ,rated").plugins["selection_methods"]


def test_a_method_that_calls_itself_otherwise_stops_the_start(start):
    with pytest.raises(ValueError, match="'misnamed' calls itself 'another'"):
        start(MARKETPLACE_SELECTION_METHODS="misnamed")


@pytest.mark.parametrize("law", conformance.SELECTION_LAWS, ids=conformance.name_of)
def test_somebody_elses_method_is_held_to_the_same_laws(start, law):
    law(start(MARKETPLACE_SELECTION_METHODS="rated").plugins["selection_methods"]["rated"])


def test_somebody_elses_gateway_is_a_rail(start):
    runtime = start(MARKETPLACE_PAYMENT_GATEWAYS="courier", MARKETPLACE_GATEWAY="courier")
    with runtime.work(write=False) as ctx:
        assert payments.gateway(ctx, "courier").name == "courier"


def allow(runtime, *methods):
    runtime.clock.advance(minutes=1)
    with runtime.work() as ctx:
        a_version(ctx, "320700", values={"selection.methods": list(methods)})


def test_a_tender_lives_by_somebody_elses_method_from_draft_to_award(start):
    runtime = start(MARKETPLACE_SELECTION_METHODS="rated")
    allow(runtime, "lowest", "rated")
    tender = a_tender(runtime.work, method="rated")
    cheap_and_slow, quick, dear = some_bidders(runtime.work, 3)
    a_bid(runtime.work, cheap_and_slow, tender.id, 5_000_000, days=20)
    a_bid(runtime.work, quick, tender.id, 6_000_000, days=10)
    a_bid(runtime.work, dear, tender.id, 8_000_000, days=20)
    assert let_it_close(runtime, runtime.clock, tender.id).stage == "publicity"
    with runtime.work() as ctx:
        assert tenders.live_award(ctx, tender.id).agency_id == quick.organisation_id
        ranked = sorted(tenders.offers(ctx, tender.id), key=lambda offer: offer.rank)
        assert [offer.reason for offer in ranked] == [f"综合评分第{place}位" for place in (1, 2, 3)]
        assert ctx.session.scalar(select(Draw)) is None


def test_its_ties_go_through_the_public_draw(start):
    runtime = start(MARKETPLACE_SELECTION_METHODS="rated")
    allow(runtime, "rated")
    tender = a_tender(runtime.work, method="rated")
    for bidder in some_bidders(runtime.work, 3):
        a_bid(runtime.work, bidder, tender.id, 5_000_000, days=10)
    let_it_close(runtime, runtime.clock, tender.id)
    with runtime.work() as ctx:
        record = ctx.session.scalar(select(Draw)).record
        ranked = sorted(tenders.offers(ctx, tender.id), key=lambda offer: offer.rank)
        assert [offer.label for offer in ranked] == record["order"]


def test_a_region_whose_rules_do_not_list_it_refuses_it(start):
    with pytest.raises(MethodNotOffered):
        a_tender(start(MARKETPLACE_SELECTION_METHODS="rated").work, method="rated")


def test_without_the_setting_neither_rulebook_nor_notice_knows_it(start):
    runtime = start()
    with pytest.raises(RuleValueInvalid), runtime.work() as ctx:
        rulebook.publish(ctx, "320000", values={"selection.methods": ["rated"]})
    with pytest.raises(MethodUnknown):
        a_tender(runtime.work, method="rated")
