from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.identity.rules import make_uscc
from marketplace.relations import errors, rules
from marketplace.relations.rules import Link
from marketplace.testing.agencies import an_identity_number

TODAY = date(2026, 3, 2)
PERSON = an_identity_number(1)
UNIT = make_uscc("unit")

# What is typed for one relation, and the refusal at its field.
WRONG = [
    ({"kind": "friend"}, errors.RelationKindUnknown, "kind"),
    ({"name": "  "}, errors.RelationNameMissing, "name"),
    ({"number": "320102198506010012"}, errors.RelationNumberInvalid, "number"),
    ({"number": UNIT}, errors.RelationNumberInvalid, "number"),
    ({"kind": "affiliated"}, errors.RelationNumberInvalid, "number"),
    ({"share": "25"}, errors.RelationShareInvalid, "share"),
    ({"kind": "shareholder"}, errors.RelationShareInvalid, "share"),
    ({"kind": "shareholder", "share": "0"}, errors.RelationShareInvalid, "share"),
    ({"kind": "shareholder", "share": "100.01"}, errors.RelationShareInvalid, "share"),
    ({"kind": "shareholder", "share": "25.001"}, errors.RelationShareInvalid, "share"),
    ({"kind": "shareholder", "share": "NaN"}, errors.RelationShareInvalid, "share"),
]


def facts(**over):
    typed = {"kind": "executive", "name": "赵启明", "number": PERSON, "share": ""}
    return rules.facts_of(**{**typed, **over}, today=TODAY)


@pytest.mark.parametrize(("typed", "error", "field"), WRONG)
def test_what_is_wrong_is_refused_at_its_field(typed, error, field):
    with pytest.raises(error) as refused:
        facts(**typed)
    assert refused.value.field == field


def test_a_shareholder_is_a_person_or_a_unit_with_a_share_in_hundredths_of_a_per_cent():
    assert facts(kind="shareholder", share="25.5%").person
    unit = facts(kind="shareholder", number=UNIT.lower(), share="100")
    assert (unit.person, unit.number, unit.share_bp) == (False, UNIT, 10000)


# (the agency's side, the other's side, is it the authority) → cause
TABLE = [
    (("self", None), ("self", None), False, "same_legal_person"),
    (("self", None), ("self", None), True, "authority_owned"),
    (("legal_person", None), ("legal_person", None), False, "same_legal_person"),
    (("legal_person", None), ("executive", None), False, "executive"),
    (("executive", None), ("executive", None), False, "executive"),
    (("shareholder", 2500), ("self", None), False, "shareholder"),
    (("shareholder", 2499), ("self", None), False, None),
    (("self", None), ("shareholder", 2500), False, "shareholder"),
    (("shareholder", 3000), ("shareholder", 2500), False, "shareholder"),
    (("shareholder", 3000), ("shareholder", 2499), False, None),
    (("legal_person", None), ("shareholder", 2500), False, "shareholder"),
    (("shareholder", 2500), ("executive", None), False, "shareholder"),
    (("affiliated", None), ("self", None), False, "affiliated_unit"),
    (("self", None), ("affiliated", None), False, "affiliated_unit"),
    (("affiliated", None), ("affiliated", None), False, None),
    (("affiliated", None), ("self", None), True, "authority_owned"),
    (("shareholder", 2500), ("self", None), True, "authority_owned"),
    (("executive", None), ("executive", None), True, "executive"),
]


@pytest.mark.parametrize(("mine", "theirs", "authority", "cause"), TABLE)
def test_what_two_have_in_common_keeps_them_apart_for_one_named_cause(mine, theirs, authority, cause):
    assert rules.cause(Link(*mine, *theirs), least_bp=2500, authority=authority) == cause


SIDES = st.sampled_from(
    [("self", None), ("legal_person", None), ("executive", None), ("affiliated", None)]
) | st.tuples(st.just("shareholder"), st.integers(1, 10000))


@given(SIDES, SIDES, st.integers(1, 10000))
def test_between_buyer_and_agency_the_side_does_not_matter(mine, theirs, least_bp):
    there, back = Link(*mine, *theirs), Link(*theirs, *mine)
    assert rules.cause(there, least_bp=least_bp, authority=False) == rules.cause(
        back, least_bp=least_bp, authority=False
    )


def test_only_enforced_causes_count_each_once():
    links = [Link("executive", None, "executive", None)] * 2 + [Link("self", None, "self", None)]
    every = ("same_legal_person", "executive")
    assert rules.causes(links, least_bp=2500, authority=False, enforced=every) == list(every)
    assert rules.causes(links, least_bp=2500, authority=False, enforced=("executive",)) == ["executive"]
