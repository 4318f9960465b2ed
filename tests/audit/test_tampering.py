"""Every good record holds, and no place of it that decides can be changed unseen."""

import json

import pytest

from marketplace.audit import verifier
from tests.audit.corpus import a_log, an_opening, changes
from tests.audit.rankings import draws, rankings


def verdict(text):
    try:
        return verifier.check_document(verifier.read(text))
    except (ValueError, RecursionError):
        return None


GOOD = [*a_log(), an_opening(), *draws(), *rankings()]


@pytest.mark.parametrize("document", GOOD)
def test_a_good_record_holds(document):
    found = verifier.check_document(document)
    assert found
    assert not any(found.values()), found


# What a draw shows beside the numbers that decide.
BESIDE = {"format", "excluded", "frozen_at", "issue", "drawn_at", "missed", "public_key"}
DECIDING = {
    "label",
    "numbers",
    "figures",
    "points",
    "pool",
    "pool_hash",
    "seeds",
    "commitments",
    "salt",
    "randomness",
    "order",
    "method",
}


def unseen(document):
    """Names under which something was changed and nobody noticed."""
    for path, made in changes(document):
        if not any((verdict(json.dumps(made)) or {"": ["?"]}).values()):
            yield next(name for name in reversed(path) if isinstance(name, str))


@pytest.mark.parametrize("document", [*a_log(), an_opening()])
def test_no_place_of_what_is_signed_can_be_changed_unseen(document):
    assert set(unseen(document)) == set()


@pytest.mark.parametrize("document", draws())
def test_no_place_of_a_draw_that_decides_can_be_changed_unseen(document):
    assert set(unseen(document)) <= BESIDE


@pytest.mark.parametrize("document", rankings(), ids=lambda record: record["method"])
def test_no_place_of_a_ranking_that_decides_can_be_changed_unseen(document):
    assert set(unseen(document)) & DECIDING == set()
