"""Every pair of method and stage is somebody's turn, and silence is answered by a promise that has a handler."""

import pytest

from marketplace.selection.methods import BUILTINS
from marketplace.tenders import rules
from marketplace.tenders.rules import turns
from marketplace.tenders.schemas import LABELS

ENDED = {"failed", "cancelled"}
# Stages in which silence needs no answer: a draft is nobody's business but its author's, and binds no money or bidder.
WAITING_FOR_NOTHING = {"draft", *ENDED}
PAIRS = [(code, stage) for code in sorted(BUILTINS) for stage in sorted(rules.STATES.states)]


def traits(code):
    method = BUILTINS[code]
    return getattr(method, "asks", ""), getattr(method, "live", False)


def faults_of(code, stage, handlers):
    """What is wrong with whose turn it is when a tender by this method stands at this stage."""
    asks, live = traits(code)
    found = turns.turn(stage, asks, live=live)
    reached = stage in turns.stages_of(asks, live=live)
    if found.who not in LABELS["tender.turn"]:
        yield f"{found.who} has no word"
    if (found.who == "nobody") is not (stage in ENDED or not reached):
        yield f"it is the turn of {found.who}"
    if reached and stage not in WAITING_FOR_NOTHING and found.promise not in handlers:
        yield f"nobody keeps {found.promise or 'a clock'}"
    if reached and stage not in ENDED and not (rules.STATES.verbs(stage) and stage in rules.STATUS):
        yield "no verb leads on"


def test_every_pair_of_method_and_stage_has_a_handler(runtime):
    assert len(PAIRS) > 100
    assert [(*pair, fault) for pair in PAIRS for fault in faults_of(*pair, runtime.handlers)] == []


def test_a_promise_without_a_handler_is_noticed(runtime):
    handlers = {kind: handler for kind, handler in runtime.handlers.items() if not kind.startswith("tender.")}
    assert [pair for pair in PAIRS for _ in faults_of(*pair, handlers)]


def test_a_stage_without_a_clock_is_noticed(runtime, monkeypatch):
    monkeypatch.setitem(turns._TURNS, "objected", turns.Turn("buyer"))
    assert {fault for pair in PAIRS for fault in faults_of(*pair, runtime.handlers)} == {"nobody keeps a clock"}


@pytest.mark.parametrize("code", sorted(BUILTINS))
def test_every_stage_that_a_method_can_come_to_leads_to_an_end(code):
    asks, live = traits(code)
    reached = turns.stages_of(asks, live=live)
    for stage in reached - ENDED:
        after = {rules.STATES.move(stage, verb) for verb in rules.STATES.verbs(stage)}
        assert after & reached - {stage}, stage


def test_only_the_methods_that_ask_come_to_the_stages_of_asking():
    where = {code: turns.stages_of(*traits(code)[:1], live=traits(code)[1]) for code in BUILTINS}
    assert {code for code, stages in where.items() if "scoring" in stages} == {"merit"}
    assert {code for code, stages in where.items() if "comparing" in stages} == {"inquiry"}
    assert {code for code, stages in where.items() if "auction" in stages} == {"bidding"}


def test_a_stage_that_nobody_thought_of_is_no_ones_turn_but_an_error():
    with pytest.raises(KeyError):
        turns.turn("limbo", "", live=False)
