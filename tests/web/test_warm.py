"""Warm pages: quick where nothing has changed, and never a page as it was before a change."""

import subprocess
import sys
import threading

import pytest
from sqlalchemy import update

from marketplace.identity.models import Organisation
from marketplace.tenders import service
from marketplace.tenders.pages import notices
from marketplace.testing.identity import a_member
from marketplace.testing.plugin import engine_of
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders
from marketplace.web.warm import Page, Shelf


@pytest.fixture
def rendered(monkeypatch):
    """How often a page was made."""
    made, render = [], notices.render

    def counting(template, **context):
        made.append(template)
        return render(template, **context)

    monkeypatch.setattr(notices, "render", counting)
    return made


@pytest.fixture
def buyer(work):
    return a_buying_actor(work, username="buyer-one")


def test_a_page_is_made_once_while_nothing_changes(client, work, buyer, rendered):
    a_tender(work, buyer)
    first, again = client.get("/tenders"), client.get("/tenders")
    assert len(rendered) == 1
    assert first.data == again.data
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert client.get("/tenders?stage=open").data != first.data
    assert "All tenders" not in first.text
    assert client.get("/tenders?lang=en").text != first.text


def test_a_reader_who_has_the_page_is_told_so_in_a_few_bytes(client, work, buyer):
    tender = a_tender(work, buyer)
    address = f"/tenders/{tender.number}"
    tag = client.get(address).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = client.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with work(buyer) as ctx:
        service.amend(ctx, tender.id, reason="调整期限", service_workdays=30)
    answer = client.get(address, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "30 个工作日" in answer.text


def test_no_change_is_ever_behind_a_warm_page(client, work, buyer, runtime, clock):
    """The clock stands still between each change and the next look: only the mark of the database can tell."""
    tender = a_tender(work, buyer)
    address = f"/tenders/{tender.number}"
    bidders = some_bidders(work, 3)

    def seen(path, words):
        return words in client.get(path).text

    assert not seen(address, "公告变更")
    with work(buyer) as ctx:
        service.amend(ctx, tender.id, reason="补充说明", content="编制报告书并配合报批。")
    assert seen(address, "补充说明")
    with work(bidders[0]) as ctx:
        asked = service.ask(ctx, tender.id, question="是否踏勘现场？")
    assert seen(address, "是否踏勘现场")
    with work(buyer) as ctx:
        service.answer(ctx, asked.id, answer="统一组织踏勘。")
    assert seen(address, "统一组织踏勘")
    for bidder, price in zip(bidders, (8_000_000, 8_100_000, 8_200_000), strict=True):
        a_bid(work, bidder, tender.id, price, notice_version=2)
    assert not seen("/publicity", tender.number)
    let_it_close(runtime, clock, tender.id)
    assert seen(address, "80,000.00")
    assert seen("/publicity", tender.number)
    assert seen(f"/tenders/{tender.number}/opening", "80,000.00")


def test_a_change_that_no_event_tells_of_is_seen_as_well(client, work, buyer):
    tender = a_tender(work, buyer)
    before = client.get(f"/tenders/{tender.number}").text
    with work() as ctx:
        ctx.session.execute(
            update(Organisation).where(Organisation.id == buyer.organisation_id).values(name="新名称公司")
        )
    after = client.get(f"/tenders/{tender.number}").text
    assert "新名称公司" not in before
    assert "新名称公司" in after


ANOTHER_PROCESS = """
import sys
from sqlalchemy import create_engine, text
engine = create_engine(sys.argv[1])
for line in sys.stdin:
    title, end = line.split()
    with engine.connect() as connection:
        connection.execute(text("UPDATE marketplace_tender SET title = :title"), {"title": title})
        print("written", flush=True)
        sys.stdin.readline()
        getattr(connection, end)()
    print(end, flush=True)
engine.dispose()
"""


@pytest.fixture
def elsewhere(app):
    """Another process on the same database: begin(title, end) writes, and what it returns ends the transaction."""
    url = engine_of(app).url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", ANOTHER_PROCESS, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def say(line, answer):
            print(line, file=process.stdin, flush=True)
            assert process.stdout.readline().strip() == answer

        def begin(title, end):
            say(f"{title} {end}", "written")
            return lambda: say("", end)

        yield begin
        process.stdin.close()


def test_what_another_process_commits_is_seen_by_the_next_reader_and_nothing_before(client, work, buyer, elsewhere):
    tender = a_tender(work, buyer)
    address = f"/tenders/{tender.number}"
    before = client.get(address).data
    for number, end in enumerate(("commit", "rollback", "commit")):
        finish = elsewhere(f"第{number}次改名", end)
        assert client.get(address).data == before
        finish()
        now = client.get(address)
        assert (f"第{number}次改名" in now.text) is (end == "commit")
        assert (now.data == before) is (end == "rollback")
        before = now.data


def test_what_is_rolled_back_is_never_shown(client, work, buyer, runtime):
    tender = a_tender(work, buyer)
    address = f"/tenders/{tender.number}"
    assert "从未发生" not in client.get(address).text
    with pytest.raises(RuntimeError), work(buyer) as ctx:
        service.amend(ctx, tender.id, reason="从未发生", service_workdays=30)
        ctx.session.flush()
        raise RuntimeError
    assert "从未发生" not in client.get(address).text


def test_a_second_later_what_hangs_on_the_clock_is_looked_at_again(client, work, buyer, clock, rendered):
    a_tender(work, buyer)
    client.get("/tenders")
    clock.advance(seconds=1)
    client.get("/tenders")
    assert len(rendered) == 2


def test_whoever_signs_in_gets_a_page_of_his_own_and_leaves_none_behind(client, work, buyer, sign_in, app):
    tender = a_tender(work, buyer)
    with work() as ctx:
        a_member(ctx, "agency", username="agency-one")
    address = f"/tenders/{tender.number}"
    public = client.get(address)
    mine = sign_in(app.test_client(), "buyer-one").get(address)
    assert "退出登录" in mine.text
    assert mine.headers["Cache-Control"] == "no-store"
    assert "ETag" not in mine.headers
    assert client.get(address).data == public.data
    assert "退出登录" not in public.text


def test_what_is_committed_while_a_page_is_made_is_not_lost(client, work, buyer, monkeypatch):
    """The page was read before the change and kept after it: it must not count as what is there after it."""
    tender = a_tender(work, buyer)
    render = notices.render

    def meanwhile(template, **context):
        made = render(template, **context)
        monkeypatch.setattr(notices, "render", render)
        changing = threading.Thread(target=change)
        changing.start()
        changing.join()
        return made

    def change():
        with work(buyer) as ctx:
            service.amend(ctx, tender.id, reason="同时变更", service_workdays=30)

    monkeypatch.setattr(notices, "render", meanwhile)
    address = f"/tenders/{tender.number}"
    assert "同时变更" not in client.get(address).text
    assert "同时变更" in client.get(address).text


def test_one_with_a_cookie_of_no_account_reads_the_same_page(client, work, buyer):
    tender = a_tender(work, buyer)
    address = f"/tenders/{tender.number}"
    first = client.get(address)
    client.set_cookie("marketplace_lang", "zh")
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    client.set_cookie("marketplace_lang", "en")
    assert 'lang="en"' in client.get(address, headers={"If-None-Match": first.headers["ETag"]}).text
    assert client.get(address, headers={"Authorization": "Bearer nonsense"}).text != ""


def test_whether_framework_or_front_answers_the_headers_are_the_same(client, work, buyer):
    tender = a_tender(work, buyer)
    first, again = (client.get(f"/tenders/{tender.number}") for _ in range(2))
    assert sorted(first.headers) == sorted(again.headers)


def test_a_refused_page_is_not_kept(client, work, buyer):
    assert client.get("/tenders/ZJ-2026-000001").status_code == 404
    a_tender(work, buyer)
    assert client.get("/tenders/ZJ-2026-000001").status_code == 200


def test_the_mark_stays_while_only_read_and_moves_with_each_commit(work, runtime, app):
    with work() as ctx:
        a_member(ctx, "enterprise")
    before = runtime.version()
    with work(write=False) as ctx:
        ctx.session.connection()
    assert runtime.version() == before
    with work() as ctx:
        a_member(ctx, "enterprise")
    assert runtime.version() != before
    engine_of(app).dispose()
    assert runtime.version() is not None


@pytest.mark.once
def test_the_shelf_holds_so_many_pages_and_lets_the_oldest_go():
    shelf, stamp = Shelf(2), ("1", 1)
    for name in ("a", "b"):
        shelf.put((name,), Page(stamp, b"x", name))
    assert shelf.take(("a",), stamp).etag == "a"
    shelf.put(("c",), Page(stamp, b"x", "c"))
    assert shelf.take(("b",), stamp) is None
    assert shelf.take(("a",), ("2", 1)) is None
    shelf.put(("d",), Page(stamp, b"x" * 2_000_000, "d"))
    assert shelf.take(("d",), stamp) is None
