"""Every good record holds, and no place of it that decides can be changed unseen."""

import json

import pytest

from marketplace.audit import verifier
from marketplace.selection.rules import BAD_PUBLIC, verify_draw
from tests.audit.corpus import a_log, an_opening, changes
from tests.audit.rankings import DRAND, LABELS, beacon_draw, chosen, draw_of, draws, forged, rankings, unnamed_draw


def verdict(text):
    try:
        return verifier.check_document(verifier.read(text))
    except (ValueError, RecursionError):
        return None


GOOD = [*a_log(), an_opening(), *draws(), unnamed_draw(), *rankings()]


@pytest.mark.parametrize("document", GOOD)
def test_a_good_record_holds(document):
    found = verifier.check_document(document)
    assert found
    assert not any(found.values()), found


@pytest.mark.parametrize(
    "document", forged(), ids=["no point", "no point", "no point", "small", "infinite", "round 1000"]
)
def test_an_invented_drand_signature_never_passes(document):
    assert verifier.check_document(document) == {"draw": [verifier.BAD_BEACON]}
    assert BAD_PUBLIC.format(source="drand") in verify_draw(document)


@pytest.mark.parametrize("document", chosen())
def test_another_game_or_issue_than_the_notice_and_the_calendar_name_never_passes(document):
    assert verifier.check_document(document)["draw"][0] in {verifier.BAD_PUBLIC, verifier.BAD_SHAPE}
    assert BAD_PUBLIC.format(source="lottery") in verify_draw(document)


def test_a_source_counts_once():
    twice = draw_of(LABELS[:3], DRAND, DRAND, frozen_at=beacon_draw()["frozen_at"])
    assert verifier.check_document(twice) == {"draw": [verifier.BAD_PUBLIC]}
    assert verify_draw(twice) != []


def test_what_is_taken_on_trust_is_named_and_is_not_called_passed(tmp_path, capsys):
    seeds, lottery, beacon = draws()
    room = next(record for record in rankings() if record["method"] == "bidding")
    trust = {"draw": [verifier.TRUST_NUMBERS]}, {"ranking": [verifier.TRUST_ROOM]}
    file = tmp_path / "record.json"
    for document, left in (
        (seeds, {}),
        (beacon, {}),
        (lottery, trust[0]),
        ({"draw": lottery}, trust[0]),
        (room, trust[1]),
        (unnamed_draw(), {"draw": [verifier.TRUST_NUMBERS, verifier.TRUST_ISSUE]}),
    ):
        assert verifier.trusted(document) == left
        file.write_text(json.dumps(document))
        assert verifier.main([str(file)]) == (3 if left else 0)
        said = capsys.readouterr().out
        assert all(sentence in said for part in left.values() for sentence in part)
        assert ("其余通过。未核验：" in said) is bool(left)


# What a draw shows beside the numbers that decide.
BESIDE = {"format", "excluded", "frozen_at", "missed", "days", "closed", "lead_minutes"}
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
