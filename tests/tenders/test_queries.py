import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.agencies import queries as agencies
from marketplace.agencies import service as standing
from marketplace.kernel.ports import Actor
from marketplace.tenders import errors, queries, rules, service
from marketplace.tenders.models import Award, Tender
from marketplace.tenders.queries import letters, searching
from marketplace.tenders.schemas import NoticeOut
from marketplace.tenders.service import indexing
from marketplace.testing.tenders import (
    a_bid,
    a_buying_actor,
    a_confirmed_award,
    a_draft,
    a_tender,
    an_award,
    let_it_close,
    some_bidders,
)
from marketplace.web.paging import BadCursor, page_of


def numbers(ctx, **filters):
    return {row.number for row in queries.page_of_notices(ctx, **filters).items}


def test_drafts_are_in_no_public_list(work):
    draft = a_draft(work, a_buying_actor(work))
    with work(Actor.public()) as ctx:
        assert numbers(ctx) == set()
        with pytest.raises(errors.TenderNotFound):
            queries.by_number(ctx, draft.number)


def test_a_buyer_finds_its_own_draft_by_number(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with work(buyer) as ctx:
        assert queries.by_number(ctx, draft.number).id == draft.id


@pytest.mark.parametrize("words", ["环评", "污水", "污水处理厂", "环评 污水", "书", "环境影响"])
def test_a_notice_is_found_by_a_chinese_word_of_any_length(work, words):
    wanted = a_tender(work, title="城北污水处理厂环评报告书编制")
    a_tender(work, title="跨河大桥安全评价", item_code="ZJ-11", content="编制安全评价")
    with work() as ctx:
        assert numbers(ctx, text=words) == {wanted.number}


def test_a_notice_is_found_by_its_buyer_and_its_number(work):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    with work() as ctx:
        assert numbers(ctx, text=buyer.organisation_name) == {tender.number}
        assert numbers(ctx, text=tender.number.lower()) == {tender.number}


def test_a_word_that_is_nowhere_finds_nothing(work):
    a_tender(work)
    with work() as ctx:
        assert numbers(ctx, text="文物勘探") == set()


def test_filters_narrow_the_list(work):
    river = a_tender(work, region="320509", item_code="ZJ-01")
    draw = a_tender(work, region="430000", method="random", fixed_price_fen=5_000_000, ceiling_fen=5_000_000)
    with work() as ctx:
        assert numbers(ctx, region="320000") == {river.number}
        assert numbers(ctx, region="320500") == {river.number}
        assert numbers(ctx, region="000000") == {river.number, draw.number}
        assert numbers(ctx, method="random") == {draw.number}
        assert numbers(ctx, item_code="ZJ-02") == set()
        assert numbers(ctx, stage="open", method="lowest") == {river.number}


def test_the_list_is_paged_without_gaps(work, clock):
    made = []
    for _ in range(3):
        made.append(a_tender(work).number)
        clock.advance(minutes=1)
    with work() as ctx:
        key = (Tender.published_at, Tender.id)
        first = page_of(ctx.session, queries.notices(), key=key, descending=True, rows=2)
        second = page_of(ctx.session, queries.notices(), key=key, descending=True, rows=2, cursor=first.next)
        assert [row.number for row in [*first.items, *second.items]] == made[::-1]
        assert second.next is None


@pytest.mark.parametrize("asked", [{}, {"stage": "open", "region": "320000"}, {"text": "环评"}])
def test_a_line_of_the_list_says_what_the_notice_says_and_nothing_hidden_is_read(work, asked):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer, title="城北污水处理厂环评")
    with work() as ctx:
        [line] = queries.page_of_notices(ctx, lines=True, **asked).items
        [row] = queries.page_of_notices(ctx, **asked).items
        stored = queries.tender(ctx, tender.id)
        assert line.buyer == queries.names(ctx, [stored.buyer_id])[stored.buyer_id]
        for read in (line, row):
            shown = {name: value for name, value in read._asdict().items() if name != "buyer"}
            assert shown == {name: getattr(stored, name) for name in shown}
        assert set(NoticeOut().fields) <= set(row._fields)
        assert {"assessors", "invited", "invite_draw", "further_line_ids"}.isdisjoint(row._fields)


def test_before_opening_no_list_of_bids_and_no_event_of_one_is_public(work):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 100)
    with work(Actor.public()) as ctx:
        found = queries.tender(ctx, tender.id)
        assert queries.offers(ctx, tender.id) == []
        assert {row.type for row in queries.trail(ctx, found)} == {
            "tender.notice.published",
            "selection.commitment.published",
        }


def test_after_opening_the_trail_tells_everything_in_its_order(runtime, clock):
    story = an_award(runtime, clock, prices=(100, 100))
    with runtime.work(Actor.public()) as ctx:
        types = [row.type for row in queries.trail(ctx, story.tender)]
    assert types[-5:] == [
        "tender.bids.opened",
        "selection.pool.frozen",
        "selection.draw.held",
        "tender.ranking.published",
        "tender.award.proposed",
    ]
    assert types.count("tender.bid.placed") == 2


def test_an_agency_sees_its_past_with_offer_and_award(runtime, clock):
    story = an_award(runtime, clock)
    with runtime.work() as ctx:
        (mine,) = queries.my_bids(ctx, story.bidders[1].organisation_id)
        assert (mine.offer.price_fen, mine.award.id) == (8_500_000, story.award.id)
        (other,) = queries.my_bids(ctx, story.bidders[0].organisation_id)
        assert other.award is None


def test_a_withdrawn_bid_is_not_among_ones_own(work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    a_bid(work, bidder, tender.id, 100)
    with work(bidder) as ctx:
        service.withdraw_bid(ctx, tender.id)
        assert queries.my_bids(ctx, bidder.organisation_id) == []


def test_the_board_shows_only_ones_own_tenders(work):
    buyer = a_buying_actor(work)
    draft, other = a_draft(work, buyer), a_tender(work)
    with work(buyer) as ctx:
        assert [row.id for row in ctx.session.scalars(queries.board(ctx, buyer.organisation_id))] == [draft.id]
        with pytest.raises(errors.TenderNotFound):
            queries.own(ctx, other.id)


def test_awards_are_listed_with_their_tenders(runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with runtime.work() as ctx:
        rows = list(ctx.session.scalars(queries.awards(status="active").order_by(Award.id)))
        assert [row.id for row in rows] == [story.award.id]
        assert queries.tenders_of(ctx, rows)[story.tender.id].number == story.tender.number
        assert list(ctx.session.scalars(queries.awards(agency_id=story.bidders[0].organisation_id))) == []


def test_a_letter_before_confirmation_does_not_exist(runtime, clock):
    story = an_award(runtime, clock)
    with runtime.work() as ctx, pytest.raises(errors.LetterNotFound):
        letters.letter(ctx, story.award.id)


def test_a_failed_tender_keeps_its_reason(work, runtime, clock):
    tender = a_tender(work)
    let_it_close(runtime, clock, tender.id)
    assert let_it_close(runtime, clock, tender.id).ended_reason == "有效报名不足规定家数"


def test_the_eligibility_of_many_is_the_eligibility_of_each(work):
    firms = some_bidders(work, 3)
    barred = firms[0].organisation_id
    with work() as ctx:
        avoided = agencies.agency(ctx, firms[1].organisation_id).uscc
    tender = a_tender(work, avoidances=[{"uscc": avoided, "reason": "参与前期咨询"}])
    with work() as ctx:
        standing.suspend(ctx, barred, reason="停业整顿", until=None)
    with work() as ctx:
        ids = [firm.organisation_id for firm in firms]
        many = queries.eligibility_many(ctx, tender, ids)
        assert many == {id: queries.eligibility(ctx, tender, id) for id in ids}
        assert [[bar.code for bar in many[id]] for id in ids] == [["agency.suspended"], ["tender.avoidance"], []]


def test_search_pages_through_every_hit_once_newest_first_within_the_filters(work, monkeypatch):
    monkeypatch.setattr(searching, "PAGE_ROWS", 2)
    monkeypatch.setattr(searching, "NEWEST", 3)  # so that the inverted index is asked too
    buyer = a_buying_actor(work)
    hits = [a_tender(work, buyer, title=f"城北污水处理厂环评{place}").number for place in range(5)]
    a_tender(work, buyer, title="跨河大桥安全评价", content="编制安全评价")
    with work() as ctx:
        seen, cursor = [], None
        while True:
            page = queries.page_of_notices(ctx, text="污水处理 环评", cursor=cursor, stage="open")
            seen += [row.number for row in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert seen == hits[::-1]
        assert queries.page_of_notices(ctx, text="污水处理", stage="failed").items == []
        assert queries.page_of_notices(ctx, text="；、！").items == []
        with pytest.raises(BadCursor):
            queries.page_of_notices(ctx, text="环评", cursor="nonsense")


@pytest.mark.parametrize(
    "words", ['’" OR grams', "阿' & '呗", "NEAR(环评)", "环评 OR 书", "\ud800", "𫞩𫞩", "K\u212a", "①号"]
)
def test_what_looks_like_a_query_language_is_words(work, words):
    a_tender(work, title="城北污水处理厂环评报告书编制")
    strange = a_tender(work, title="𫞩𫞩镇 K\u212a ①号 OR grams 阿 呗 NEAR 环评")
    with work() as ctx:
        assert numbers(ctx, text=words) <= {strange.number}


@given(st.text(alphabet="环评水a1 ", min_size=1, max_size=8))
def test_the_index_finds_what_a_comparison_of_grams_finds(words):
    titles = ["环评水环", "水评环a1", "评评评", "a11水", "环 评 水"]
    wanted = rules.wanted_grams(words)
    plain = {title for title in titles if wanted and wanted <= rules.grams(title)}
    with sqlite3.connect(":memory:") as lite:
        lite.execute("CREATE VIRTUAL TABLE t USING fts5(grams, content='', detail=none, tokenize='ascii')")
        rows = [(place, indexing.lite_words(rules.grams(title))) for place, title in enumerate(titles)]
        lite.executemany("INSERT INTO t (rowid, grams) VALUES (?, ?)", rows)
        asked = " AND ".join(f'"{searching.lite_token(gram)}"' for gram in wanted)
        found = lite.execute("SELECT rowid FROM t WHERE t MATCH ?", (asked,)).fetchall() if wanted else []
        assert {titles[place] for (place,) in found} == plain
