"""Laws of the plug-in point `marketplace.selection_methods`; each is a function of the method, or of two facts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from marketplace.selection.ports import Choice, Offer, Seed, SelectionMethod, TenderFacts

Market = tuple[TenderFacts, list[Offer]]
Law = Callable[[SelectionMethod], None]

NUMBER = "ZJ-2026-000001"
CEILING_FEN = 6  # so small that equal prices, and prices at the ceiling, come by themselves
MOST_OFFERS = 6
NOW = datetime(2026, 3, 2, tzinfo=UTC)
_quiet = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
_few = settings(_quiet, max_examples=25)


def an_offer(serial: int, price_fen: int, *, days: int = 20, minutes: int = 0, **more: Any) -> Offer:
    """One opened offer of one agency. price_fen in fen, days in working days, minutes after the first moment.

    more: stars, credit, points, named.
    """
    label = f"9132{serial:014d}/{NUMBER}"
    at = NOW + timedelta(minutes=minutes)
    return Offer(f"offer-{serial}", label, f"agency-{serial}", price_fen, at, days, **more)


@st.composite
def markets(draw: st.DrawFn) -> Market:
    """A tender and its opened offers, some of which no method may consider; the first agency is the invited one."""
    serials = draw(st.lists(st.integers(1, 10**9), max_size=MOST_OFFERS, unique=True))
    offers = [
        an_offer(
            serial,
            draw(st.one_of(st.just(CEILING_FEN), st.integers(1, CEILING_FEN + 2))),
            days=draw(st.integers(1, 30)),
            stars=draw(st.sampled_from((None, 2, 3, 4, 5))),
            credit=draw(st.integers(0, 100)),
            points=(draw(st.integers(0, 100)),) * 3,
            minutes=draw(st.integers(0, 1000)),
        )
        for serial in serials
    ]
    return _facts(offers), offers


@st.composite
def alike(draw: st.DrawFn) -> Market:
    """A tender and offers that differ in nothing but who made them."""
    serials = draw(st.lists(st.integers(1, 10**9), min_size=2, max_size=MOST_OFFERS, unique=True))
    offers = [an_offer(serial, CEILING_FEN) for serial in serials]
    return _facts(offers), offers


def seeds() -> st.SearchStrategy[Seed]:
    """Revealed chance of any content."""
    return st.builds(Seed, st.binary(min_size=32, max_size=32), st.text("0123456789abcdef./", min_size=1))


def _facts(offers: Sequence[Offer]) -> TenderFacts:
    return TenderFacts(NUMBER, CEILING_FEN, direct_agency_id=offers[0].agency_id if offers else None)


def admitted(method: SelectionMethod, market: Market) -> list[Offer]:
    """The offers of a market that the method considers."""
    facts, offers = market
    return [offer for offer in offers if method.admit(facts, offer) is None]


def keeps_the_protocol(method: SelectionMethod) -> None:
    """Code, label and promises are there and of the right kind; competition among equals needs chance."""
    assert isinstance(method, SelectionMethod)
    assert method.code
    assert method.code == method.code.strip().lower(), "the code is stored: lower case, no space"
    assert method.label.strip(), "people choose by the label"
    assert method.sealed_until in {"close", "never"}
    assert isinstance(method.needs_entropy, bool)
    assert isinstance(method.competitive, bool)
    assert method.needs_entropy or not method.competitive, "competitors may be equal: a method needs the draw"


def admission_is_said_in_words(method: SelectionMethod) -> None:
    """An offer is admitted (None) or refused with words, and the same offer always meets the same answer."""

    @_quiet
    @given(markets())
    def law(market: Market) -> None:
        facts, offers = market
        for offer in offers:
            reason = method.admit(facts, offer)
            assert reason is None or reason.strip(), "a refusal is published: it has words"
            assert reason == method.admit(facts, offer)

    law()


def ranking_is_a_permutation(method: SelectionMethod) -> None:
    """Every admitted offer has exactly one place and no other has any."""

    @_quiet
    @given(markets(), seeds())
    def law(market: Market, seed: Seed) -> None:
        offers = admitted(method, market)
        ranking = method.choose(offers, seed).ranking
        assert sorted(ranking) == sorted(offer.id for offer in offers)

    law()


def every_place_has_a_reason(method: SelectionMethod) -> None:
    """The reasons are published beside the ranking: one for each place, none for others."""

    @_quiet
    @given(markets(), seeds())
    def law(market: Market, seed: Seed) -> None:
        choice = method.choose(admitted(method, market), seed)
        assert set(choice.reasons) == set(choice.ranking)
        assert all(reason.strip() for reason in choice.reasons.values())

    law()


def no_offers_no_ranking(method: SelectionMethod) -> None:
    """Nothing comes of nothing, with a seed or without one."""
    for seed in (Seed(b"\x01" * 32, "text"), None):
        choice = method.choose([], seed)
        assert (choice.ranking, dict(choice.reasons), choice.chance) == ((), {}, False)


def order_of_input_does_not_matter(method: SelectionMethod) -> None:
    """However the offers are handed over, the answer is one."""

    @_quiet
    @given(markets(), seeds(), st.data())
    def law(market: Market, seed: Seed, data: st.DataObject) -> None:
        offers = admitted(method, market)
        mixed = data.draw(st.permutations(offers))
        assert _told(method.choose(offers, seed)) == _told(method.choose(mixed, seed))

    law()


def same_input_same_ranking(method: SelectionMethod) -> None:
    """A choice can be repeated years later: nothing is remembered in between, nothing handed over is changed."""

    @_quiet
    @given(markets(), markets(), seeds(), seeds())
    def law(market: Market, another: Market, seed: Seed, other_seed: Seed) -> None:
        offers = admitted(method, market)
        kept = list(offers)
        first = method.choose(offers, seed)
        method.choose(admitted(method, another), other_seed)
        for _ in range(2):
            assert _told(first) == _told(method.choose(offers, seed))
        assert offers == kept

    law()


def taking_one_away_never_reorders_a_draw(method: SelectionMethod) -> None:
    """Among equals, an offer that is excluded afterwards changes nobody else's place before another."""

    @_quiet
    @given(alike(), seeds())
    def law(market: Market, seed: Seed) -> None:
        offers = admitted(method, market)
        whole = method.choose(offers, seed).ranking
        for gone in offers:
            rest = [offer for offer in offers if offer is not gone]
            assert method.choose(rest, seed).ranking == tuple(id for id in whole if id != gone.id)

    law()


def taking_one_away_never_reorders_the_rest(method: SelectionMethod) -> None:
    """For methods that measure nobody by the others: whoever leaves, the rest keep their order."""

    # Without the cheapest the mean of these rises above the middle one: who measures by the others is found at once.
    telling = [an_offer(serial, price_fen) for serial, price_fen in ((1, 1), (2, 4), (3, 5))]

    @_quiet
    @example((_facts(telling), telling), Seed(bytes(32), "text"))
    @given(markets(), seeds())
    def law(market: Market, seed: Seed) -> None:
        offers = admitted(method, market)
        whole = method.choose(offers, seed).ranking
        for gone in offers:
            rest = [offer for offer in offers if offer is not gone]
            assert method.choose(rest, seed).ranking == tuple(id for id in whole if id != gone.id)

    law()


def equals_are_ordered_by_the_seed(method: SelectionMethod) -> None:
    """Among equals neither id, agency nor arrival decides: every order of three turns up, and it is called chance."""
    offers = [an_offer(serial, CEILING_FEN, minutes=serial) for serial in (1, 2, 3)]
    offers = admitted(method, (_facts(offers), offers))
    if len(offers) < 2:
        return  # a method that admits one of many has no equals
    choices = [method.choose(offers, Seed(bytes([n]) * 32, "text")) for n in range(200)]
    assert {choice.ranking for choice in choices} == set(permutations(offer.id for offer in offers))
    assert all(choice.chance for choice in choices)


def chance_is_confessed(method: SelectionMethod) -> None:
    """When another seed gives another order, both answers say that chance was used, so that the draw is published."""

    @_quiet
    @given(markets(), seeds(), seeds())
    def law(market: Market, seed: Seed, other: Seed) -> None:
        offers = admitted(method, market)
        one, two = method.choose(offers, seed), method.choose(offers, other)
        assert one.ranking == two.ranking or (one.chance and two.chance)

    law()


def without_its_seed_it_decides_nothing_by_chance(method: SelectionMethod) -> None:
    """No seed, no draw: a method refuses (ValueError) rather than order equals by itself."""

    @_few
    @given(alike())
    def law(market: Market) -> None:
        offers = admitted(method, market)
        if len(offers) < 2:
            return
        try:
            method.choose(offers, None)
        except ValueError:
            return
        raise AssertionError("equals were ordered without a seed")

    law()


def the_lowest_price_wins(method: SelectionMethod) -> None:
    """For methods that promise the lowest price: every place costs at most as much as the next one."""

    @_quiet
    @given(markets(), seeds())
    def law(market: Market, seed: Seed) -> None:
        offers = admitted(method, market)
        price = {offer.id: offer.price_fen for offer in offers}
        ranked = [price[id] for id in method.choose(offers, seed).ranking]
        assert ranked == sorted(ranked)

    law()


def _told(choice: Choice) -> tuple[tuple[str, ...], dict[str, str], bool]:
    return choice.ranking, dict(choice.reasons), choice.chance


LAWS: tuple[Law, ...] = (
    keeps_the_protocol,
    admission_is_said_in_words,
    ranking_is_a_permutation,
    every_place_has_a_reason,
    no_offers_no_ranking,
    order_of_input_does_not_matter,
    same_input_same_ranking,
    taking_one_away_never_reorders_a_draw,
    equals_are_ordered_by_the_seed,
    chance_is_confessed,
    without_its_seed_it_decides_nothing_by_chance,
)
STABLE_LAWS: tuple[Law, ...] = (taking_one_away_never_reorders_the_rest,)
LOWEST_PRICE_LAWS: tuple[Law, ...] = (the_lowest_price_wins,)
