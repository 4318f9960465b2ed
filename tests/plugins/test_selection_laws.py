"""Every built-in selection method obeys the laws; and each law can tell a method that breaks it."""

from dataclasses import dataclass

import pytest

from marketplace.selection.methods import BUILTINS
from marketplace.selection.methods.random_draw import RandomDraw
from marketplace.selection.methods.sealed_lowest import SealedLowest
from marketplace.selection.ports import Choice
from marketplace.testing import conformance
from marketplace.testing import laws_selection as laws


@pytest.mark.parametrize("law", conformance.SELECTION_LAWS, ids=conformance.name_of)
@pytest.mark.parametrize("code", sorted(BUILTINS))
def test_every_built_in_method_obeys_every_law(code, law):
    law(BUILTINS[code])


@pytest.mark.parametrize("law", conformance.LOWEST_PRICE_LAWS, ids=conformance.name_of)
def test_the_lowest_price_method_keeps_its_promise(law):
    law(BUILTINS["lowest"])


@pytest.mark.parametrize("law", conformance.STABLE_LAWS, ids=conformance.name_of)
@pytest.mark.parametrize("code", ["direct", "random", "weighted", "lowest", "inquiry"])
def test_who_measures_nobody_by_the_others_keeps_the_order_of_the_rest(code, law):
    law(BUILTINS[code])


def by_rank(offers, key, reverse=False, chance=False):
    ordered = sorted(offers, key=key, reverse=reverse)
    return Choice(tuple(o.id for o in ordered), {o.id: "理由" for o in ordered}, chance)


class Highest(SealedLowest):
    def choose(self, offers, seed=None):
        return by_rank(offers, lambda o: o.price_fen, reverse=True)


class ByArrival(SealedLowest):
    def choose(self, offers, seed=None):
        return by_rank(offers, lambda o: (o.price_fen, o.received_at))


class Forgetful(SealedLowest):
    def choose(self, offers, seed=None):
        return by_rank(offers[1:], lambda o: o.id)


class Speechless(SealedLowest):
    def choose(self, offers, seed=None):
        choice = super().choose(offers, seed)
        return Choice(choice.ranking, dict.fromkeys(list(choice.ranking)[1:], "理由"), choice.chance)


class AsGiven(SealedLowest):
    def choose(self, offers, seed=None):
        return by_rank(offers, lambda o: 0)


class Shuffler(RandomDraw):
    """Modulo over the pool: taking one away turns the others round."""

    def choose(self, offers, seed=None):
        if offers and seed is None:
            raise ValueError
        rest, ranking = sorted(offers, key=lambda o: o.label), []
        while rest:
            ranking.append(rest.pop(int.from_bytes(seed.salt, "big") // 3 ** len(rest) % len(rest)).id)
        return Choice(tuple(ranking), dict.fromkeys(ranking, "理由"), chance=bool(ranking))


class Secretive(RandomDraw):
    def choose(self, offers, seed=None):
        choice = super().choose(offers, seed)
        return Choice(choice.ranking, choice.reasons, chance=False)


class Remembering(RandomDraw):
    calls = 0

    def choose(self, offers, seed=None):
        self.calls += 1
        return by_rank(offers, lambda o: o.label, reverse=self.calls % 2 == 0)


class Silent(SealedLowest):
    def admit(self, tender, offer):
        return "" if offer.price_fen > tender.ceiling_fen else None


class Reckless(SealedLowest):
    def choose(self, offers, seed=None):
        return Choice((), {}, chance=True)


@dataclass
class NoChance(SealedLowest):
    needs_entropy: bool = False


@pytest.mark.parametrize(
    ("law", "breaker"),
    [
        (laws.the_lowest_price_wins, Highest()),
        (laws.equals_are_ordered_by_the_seed, ByArrival()),
        (laws.without_its_seed_it_decides_nothing_by_chance, ByArrival()),
        (laws.ranking_is_a_permutation, Forgetful()),
        (laws.every_place_has_a_reason, Speechless()),
        (laws.order_of_input_does_not_matter, AsGiven()),
        (laws.taking_one_away_never_reorders_a_draw, Shuffler()),
        (laws.taking_one_away_never_reorders_the_rest, BUILTINS["average"]),
        (laws.chance_is_confessed, Secretive()),
        (laws.same_input_same_ranking, Remembering()),
        (laws.admission_is_said_in_words, Silent()),
        (laws.no_offers_no_ranking, Reckless()),
        (laws.keeps_the_protocol, NoChance()),
    ],
)
def test_a_law_finds_the_method_that_breaks_it(law, breaker):
    with pytest.raises(AssertionError):
        law(breaker)
