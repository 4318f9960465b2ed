"""What everybody sees on every page and endpoint, from one crawl of all GET routes as all roles."""

import csv
import io
import re
import shutil
from html.parser import HTMLParser

import pytest

from marketplace.kernel.clock import SimulatedClock
from marketplace.testing import plugin
from tests.security.crawl import permitted, read_everything
from tests.security.market import FORMULA, SCRIPT

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def crawl(filled, marketplace_keys, tmp_path_factory, everybody):
    """The crawl, on a copy of the filled market of its own."""
    backend, market, now, folder = filled
    place = tmp_path_factory.mktemp("crawl")
    url, remove = backend.fresh(place)
    shutil.copytree(folder / "files", place / "files")
    app = plugin._make(url, place, marketplace_keys, SimulatedClock(now))
    app.testing = False
    yield read_everything(app, market, everybody=everybody)
    plugin.put_away(app)
    remove()


class Tags(HTMLParser):
    """Collects what a strict policy forbids."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag in {"style", "iframe", "object", "embed", "base"} or (tag == "script" and "src" not in names):
            self.found.add(tag)
        self.found |= {name for name in names if name.startswith("on") or name == "style"}
        links = (names.get(name) or "" for name in ("href", "src", "action", "formaction"))
        self.found |= {link for link in links if not re.match(r"(/|#|\?|$|https?://|data:image/|mailto:|tel:)", link)}


def inline_code(text):
    tags = Tags()
    tags.feed(text)
    return tags.found


def html(crawl):
    """Pages that are shown: what is saved as a file (the offline verifier) is no page of ours any more."""
    shown = [a for a in crawl.answers if "attachment" not in a.headers.get("Content-Disposition", "")]
    return [a for a in shown if a.headers.get("Content-Type", "").startswith("text/html")]


def test_no_get_changes_a_row(crawl):
    changed = {table for table in crawl.before if crawl.before[table] != crawl.after[table]}
    assert changed == set()


def test_no_get_breaks(crawl):
    assert [str(a) for a in crawl.answers if a.status >= 500] == []


def test_every_role_gets_what_the_permission_table_says(crawl, market):
    wrong = []
    for answer in crawl.answers:
        if permitted(market, answer.who, answer.marker):
            fine = answer.status not in {401} and (answer.status != 303 or "/sign-in" not in answer.headers["Location"])
        elif answer.who:
            fine = answer.status == 403
        elif answer.rule.startswith("/api/"):
            fine = answer.status == 401
        else:
            fine = answer.status == 303 and answer.headers["Location"].startswith("/sign-in")
        if not fine:
            wrong.append(f"{answer} needs {answer.marker}")
    assert wrong == []


def test_somebody_can_read_every_route(crawl):
    read = {a.rule for a in crawl.answers if a.status < 400}
    assert {a.rule for a in crawl.answers} - read == set()


def test_hostile_text_is_inert_on_every_page(crawl):
    pages = html(crawl)
    assert sum("&lt;script&gt;steal()" in a.text for a in pages) > 50, "the hostile text is not even shown"
    assert {a.rule for a in pages if SCRIPT in a.text or "<img src=x" in a.text} == set()
    assert {a.rule for a in crawl.answers if "Q49Q" in a.text} == set()


def test_no_page_carries_script_or_style_of_its_own(crawl):
    texts = {a.text: a.rule for a in html(crawl)}
    assert {(rule, found) for text, rule in texts.items() for found in inline_code(text)} == set()


def test_every_page_has_the_security_headers(crawl):
    wrong = set()
    assert {str(a) for a in crawl.answers if a.headers.get("X-Content-Type-Options") != "nosniff"} == set()
    for answer in html(crawl):
        policy = answer.headers.get("Content-Security-Policy", "")
        fine = "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        fine &= answer.headers.get("Referrer-Policy") == "same-origin"
        if not fine:
            wrong.add(str(answer))
    assert wrong == set()


def test_what_people_see_after_sign_in_is_not_stored(crawl):
    public = {a.address: a.text for a in crawl.answers if not a.who}
    kept = [a for a in crawl.answers if a.who and a.headers.get("Cache-Control") != "no-store"]
    assert [str(a) for a in kept if a.text != public[a.address]] == []
    assert {a.rule for a in kept} <= {
        "/static/marketplace/<path:name>", "/agencies/join", "/healthz", "/lang/<code>", "/log/verifier.py", "/log/verifier.html", "/clock", "/api/v1/openapi.json",
    }  # fmt: skip


def test_every_cookie_is_for_our_pages_only(crawl):
    cookies = {cookie for a in crawl.answers for cookie in a.cookies}
    assert [c for c in cookies if "HttpOnly" not in c or "SameSite=Lax" not in c] == []


def test_no_address_holds_or_answers_markup(crawl):
    assert {a.rule for a in crawl.answers if re.search(r"[<>\r\n]", a.headers.get("Location", ""))} == set()


def test_personal_data_stays_with_its_owner(crawl, market):
    seen = {
        f"{datum} {answer}"
        for answer in crawl.answers
        for datum, allowed in market.personal.items()
        if answer.who not in allowed and datum in answer.text
    }
    assert seen == set()


def test_some_owner_does_see_what_is_his(crawl, market):
    mine = [(datum, a) for datum, who in market.personal.items() for a in crawl.answers if a.who in who]
    assert {datum for datum, a in mine if datum in a.text}, "shown to nobody: the search above proves nothing"


def test_no_log_line_holds_personal_data(crawl, market):
    assert {line for line in crawl.lines for datum in market.personal if datum in line} == set()


def test_drafts_are_seen_by_nobody_else(crawl):
    for words, house in (("草稿秘密a", {"a-buyer"}), ("草稿秘密部门a", {"a-department", "a-maker", "a-checker"})):
        seen = [a for a in crawl.answers if words in a.text]
        assert {a.who for a in seen} & house, "its own people do not see it either"
        assert {str(a) for a in seen if a.who not in house} == set()


def test_cells_of_exports_stay_text(crawl):
    exports = {a.address: a.text for a in crawl.answers if a.headers.get("Content-Type", "").startswith("text/csv")}
    cells = [cell for text in exports.values() for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if FORMULA in cell], "the formula was not exported"
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r")] == []
