"""A market with a whole story behind it: every link that a role is shown leads somewhere."""

import html
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

from marketplace.demo import story
from marketplace.demo.stage import Stage
from marketplace.payments.sandbox import start_sandbox
from marketplace.testing.identity import actor_of

PUBLIC = ""
ROLES = ["agency", "department", "finance", "buyer", "authority", "operator", "auditor"]
PER_KIND = 1
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
KIND = re.compile(r"/[0-9a-f]{32}|/[A-Z]{2}-\d{4}-[0-9A-Z-]+|/[0-9A-Z]{18}")
FINGERPRINT = re.compile(r'<code\b.*?</code>|<(\w+) class="mk-hash".*?</\1>', re.DOTALL)
ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
NOT_A_PAGE = ("/lang/", "/static/")


@pytest.fixture
def people(runtime, clock):
    """The demonstration's story has been played; one login of each role, an expelled agency and an approver."""
    sandbox = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    try:
        told = story.play(Stage(runtime, clock, lambda _: None, sandbox), lambda _: None)
    finally:
        sandbox.stop()
    return [PUBLIC, *_one_of_each(runtime, [username for _, username, _ in told["logins"]])]


def _one_of_each(runtime, usernames):
    chosen = {}
    with runtime.work() as ctx:
        for username in usernames:
            for role in actor_of(ctx, username).roles:
                chosen.setdefault(role, username)
    assert set(ROLES) <= set(chosen), chosen
    return sorted({*chosen.values(), "kuaida", "shengtai-fuhe"})


def _walk(browser, start):
    """Every page within reach, a few of each kind: (address, from where, answer)."""
    waiting, known, kinds = [(path, "") for path in start], set(start), Counter()
    while waiting:
        address, source = waiting.pop()
        kind = KIND.sub("/…", address.split("?", maxsplit=1)[0])
        kinds[kind] += 1
        if kinds[kind] > PER_KIND:
            continue
        answer = browser.get(address)
        targets = _targets(address, answer)
        yield address, source, answer
        answer.close()
        for target in targets:
            if target not in known:
                known.add(target)
                waiting.append((target, address))


def _targets(address, answer):
    if answer.location:
        return [urljoin(address, urlsplit(answer.location)._replace(scheme="", netloc="").geturl())]
    if answer.mimetype != "text/html":
        return []
    found = [urldefrag(urljoin(address, html.unescape(link)))[0] for link in LINK.findall(answer.text)]
    return [link for link in found if link.startswith("/") and not link.startswith(NOT_A_PAGE)]


def _broken_fragments(text):
    ids = set(re.findall(r'\sid="([^"]+)"', text))
    return [target for target in re.findall(r'href="#([^"]+)"', text) if html.unescape(target) not in ids]


def _raw_id(text):
    """An id in plain words; fingerprints and numbers of the log are marked as such."""
    return ID.search(re.sub(r"<[^>]*>", " ", FINGERPRINT.sub("", text)))


@pytest.mark.once
@pytest.mark.slow
def test_no_link_of_any_role_is_dead_refused_or_shows_a_raw_id(people, app, client, sign_in):
    dead, refused, raw, walked = [], [], [], Counter()
    for person in people:
        browser = sign_in(app.test_client(), person) if person else app.test_client()
        for address, source, answer in _walk(browser, ["/desk", "/"] if person else ["/"]):
            walked[person] += 1
            seen = (person, address, source, answer.status_code)
            if answer.status_code == 403:
                refused.append(seen)
            elif answer.status_code >= 400 or (answer.mimetype == "text/html" and _broken_fragments(answer.text)):
                dead.append(seen)
            if answer.status_code == 200 and answer.mimetype == "text/html" and (found := _raw_id(answer.text)):
                raw.append((*seen, found))
    assert dead == []
    assert refused == []
    assert raw == []
    assert min(walked.values()) > 30, walked
