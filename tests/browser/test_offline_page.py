"""The offline page gives the same verdict as the one-file program on every good and every tampered record."""

import json
from pathlib import Path

import pytest

from marketplace.audit import verifier
from tests.audit.corpus import a_log, an_opening, texts
from tests.audit.rankings import chosen, draws, forged, rankings, unnamed_draw, withheld
from tests.audit.test_tampering import verdict

PAGE = Path(verifier.__file__).with_suffix(".html")
CHECK = "texts => texts.map(text => { try { return verify(text, null) } catch (error) { return null } })"
ODD = [
    "",
    "{",
    "[1.5]",
    '{"a":1e3}',
    "[]",
    "7",
    '"x"',
    '{"leaf":"00","path":[]}',
    "{}x",
    '{"a":"\\ud800"}',
    '{"head":{}}',
]


@pytest.fixture
def offline(chromium):
    page = chromium.new_page()
    page.goto(PAGE.as_uri())
    yield page
    page.close()


EVERYTHING = texts([*a_log(), an_opening(), *draws(), unnamed_draw(), withheld(), *rankings()])
FORGED = [json.dumps(document) for document in (*forged(), *chosen())]
TRUST = "texts => texts.map(text => { try { return trusted(text) } catch (error) { return null } })"


def taken(text):
    try:
        return verifier.trusted(verifier.read(text))
    except (ValueError, RecursionError):
        return None


@pytest.mark.browser
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_the_page_says_what_the_program_says(offline, step):
    """Every seventh place and lie in the suite, all of them in the campaign; the good ones always."""
    good = [text for text in EVERYTHING if not any((verdict(text) or {"": ["?"]}).values())]
    corpus = [*good, *FORGED, *EVERYTHING[::step], *ODD]
    said = offline.evaluate(CHECK, corpus)
    wanted = [verdict(text) for text in corpus]
    different = [
        (text[:200], want, found) for text, want, found in zip(corpus, wanted, said, strict=True) if want != found
    ]
    assert different == []
    assert offline.evaluate(TRUST, corpus) == [taken(text) for text in corpus]
    assert sum(any((found or {}).values()) for found in said) > len(EVERYTHING) // step // 2


@pytest.mark.browser
def test_a_person_pastes_a_record_and_reads_the_verdict(offline):
    offline.fill("#text", json.dumps(an_opening(), ensure_ascii=False))
    offline.click("button")
    offline.wait_for_selector("#result li")
    assert offline.inner_text("#result") == "开启记录 Opening：通过 OK"
    offline.fill("#text", json.dumps(an_opening() | {"offers": []}))
    offline.click("button")
    offline.wait_for_selector("#result li.bad")
    assert verifier.BAD_OFFERS in offline.inner_text("#result")
