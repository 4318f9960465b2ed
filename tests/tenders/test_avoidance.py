"""回避: by the notice, and by itself; asked before bidding, at bidding and again at closing; explained by rule and article."""

from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import update
from sqlalchemy.dialects import postgresql

from marketplace.agencies import queries as agencies
from marketplace.agencies import standing
from marketplace.agencies.models import Qualification
from marketplace.identity import queries as identity
from marketplace.kernel.clock import at_shanghai
from marketplace.relations import service as relations
from marketplace.rulebook import service as rulebook
from marketplace.tenders import errors, queries
from marketplace.tenders.errors.changes import AuthorityUnknown
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import placing
from marketplace.testing.agencies import a_certificate, an_agency
from marketplace.testing.identity import a_colleague
from marketplace.testing.relations import a_registry_file, a_relation, declared
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_departments_tender,
    a_tender,
    let_it_close,
    some_bidders,
)


def bars(work, tender, firm):
    with work() as ctx:
        return queries.eligibility(ctx, tender, firm.organisation_id)


def test_a_shared_executive_keeps_the_agency_from_bidding(work):
    buyer, firm = a_buying_actor(work), some_bidders(work, 1)[0]
    tender = a_tender(work, buyer)
    assert bars(work, tender, firm) == []
    a_relation(work, buyer, "executive")
    a_relation(work, firm, "executive")
    with pytest.raises(errors.NotEligible) as refused:
        a_bid(work, firm, tender.id, 8_000_000)
    assert "共同的负责人" in refused.value.text
    assert "关联关系" in refused.value.advise()


def test_a_relation_that_came_after_the_bid_is_found_at_closing(work, runtime, clock):
    buyer, firms = a_buying_actor(work), some_bidders(work, 4)
    tender = a_tender(work, buyer)
    for firm, price in zip(firms, (7_000_000, 8_000_000, 8_100_000, 8_200_000), strict=True):
        a_bid(work, firm, tender.id, price)
    with work() as ctx:
        uscc = agencies.agency(ctx, firms[0].organisation_id).uscc
        holder = identity.organisation(ctx, buyer.organisation_id).uscc
        relations.import_file(ctx, a_registry_file((uscc, "股东（出资人）", "母公司", holder, "51")), dry_run=False)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        excluded = queries.exclusions(ctx, tender.id)
        assert [row.cause for row in excluded] == ["avoidance"]
        assert "持股关系" in excluded[0].reason
        assert queries.live_award(ctx, tender.id).agency_id == firms[1].organisation_id


def test_a_unit_owned_by_the_approving_authority_keeps_away_from_what_it_approves(work):
    department, firm = a_buying_actor(work, "department"), some_bidders(work, 1)[0]
    with work() as ctx:
        uscc = identity.organisation(ctx, department.organisation_id).uscc
    a_relation(work, firm, "affiliated", number=uscc)
    approved = a_tender(work, authority_id=department.organisation_id)
    other = a_tender(work)
    own = a_departments_tender(work, department, a_budget_line(work, department))
    assert "审批部门" in bars(work, approved, firm)[0].text
    assert "审批部门" in bars(work, own, firm)[0].text
    assert bars(work, other, firm) == []


def test_a_notice_names_an_authority_that_is_a_department(work):
    with pytest.raises(AuthorityUnknown):
        a_tender(work, authority_id=a_buying_actor(work).organisation_id)


def test_every_reason_carries_its_rule_source_and_article(work):
    buyer, firm = a_buying_actor(work), some_bidders(work, 1, item_code="ZJ-02")[0]
    a_relation(work, buyer, "executive")
    a_relation(work, firm, "executive")
    tender = a_tender(work, buyer)
    with work() as ctx:
        scope, avoid = queries.explained(ctx, tender, queries.eligibility(ctx, tender, firm.organisation_id))
    assert (scope.bar.code, avoid.bar.code) == ("agency.scope_missing", "tender.avoidance")
    assert "环境影响评价法" in scope.bar.basis
    assert (avoid.rule, avoid.title) == ("posting.avoidance_auto", "自动回避情形")
    assert avoid.title_en == "Conflicts excluded automatically"
    assert "第三十四条" in avoid.bar.basis
    assert avoid.source
    assert avoid.source_en


def test_where_it_is_demanded_an_agency_declares_before_it_bids(work):
    with work() as ctx:
        rulebook.publish(ctx, "320700", values={"posting.avoidance_declared_first": True})
    tender, firm = a_tender(work), some_bidders(work, 1)[0]
    assert [bar.code for bar in bars(work, tender, firm)] == ["relation.undeclared"]
    with work(firm) as ctx:
        declared(ctx)
    assert bars(work, tender, firm) == []


def test_the_tender_page_and_the_api_tell_the_agency_why(work, client, sign_in, app):
    buyer, firm = a_buying_actor(work), some_bidders(work, 1, usernames=["jia"])[0]
    a_relation(work, buyer, "executive")
    a_relation(work, firm, "executive")
    tender = a_tender(work, buyer)
    sign_in(client, "jia")
    page = client.get(f"/tenders/{tender.number}").text
    assert "共同的负责人" in page
    assert "自动回避情形" in page
    english = client.get(f"/tenders/{tender.number}?lang=en").text
    assert "Conflicts excluded automatically" in english
    assert "have a leading person in common" in english
    assert "招标投标法实施条例" in client.get(f"/tenders/{tender.number}/bid/eligibility").text


def sees(work, tender, firm):
    """Whether a bidder's own statement finds nothing against it, and the reasons that the whole question finds."""
    with work(firm) as ctx:
        id = firm.organisation_id
        sight = placing.look(ctx, tender.id, id, index="none", lock=f"tender/{tender.id}")
        return sight.clear, [bar.code for bar in queries.eligibility(ctx, tender, id)]


def test_a_bidder_is_clear_only_where_the_whole_question_finds_nothing(work):
    buyer, firms = a_buying_actor(work), some_bidders(work, 6)
    free, named, stopped, kin, sister, elsewhere = firms
    with work() as ctx:
        avoided = agencies.agency(ctx, named.organisation_id).uscc
        standing.suspend(ctx, stopped.organisation_id, reason="停业整顿", until=None)
        holder = identity.organisation(ctx, buyer.organisation_id).uscc
        uscc = agencies.agency(ctx, sister.organisation_id).uscc
        relations.import_file(ctx, a_registry_file((uscc, "股东（出资人）", "小股东", holder, "3")), dry_run=False)
    [other] = some_bidders(work, 1, item_code="ZJ-04")
    tender = a_tender(work, buyer, avoidances=[{"uscc": avoided, "reason": "参与前期咨询"}])
    a_relation(work, buyer, "executive")
    a_relation(work, kin, "executive")
    assert sees(work, tender, free) == sees(work, tender, elsewhere) == (True, [])
    assert sees(work, tender, named) == (False, ["tender.avoidance"])
    assert sees(work, tender, stopped) == (False, ["agency.suspended"])
    assert sees(work, tender, kin) == (False, ["tender.avoidance"])
    assert sees(work, tender, sister) == (False, [])  # a share below the limit: something in common, and no reason
    assert sees(work, tender, other) == (False, ["agency.scope_missing"])
    assert a_bid(work, sister, tender.id, 8_000_000)["signature"]


def test_a_certificate_counts_to_the_end_of_its_last_day_in_shanghai(work):
    with work() as ctx:
        paper = a_certificate(ctx, item_code="ZJ-03", holder="江苏勘测有限公司")
        agency = an_agency(ctx, name=paper.holder, scopes=["ZJ-03"], qualifications=[paper])
        firm = a_colleague(ctx, agency.id)
    tender = a_tender(work, item_code="ZJ-03")
    for minutes, clear in ((-1, True), (0, False)):  # before and after midnight in Shanghai, on one day of UTC
        with work() as ctx:
            row = ctx.session.get_one(Tender, tender.id)
            row.closes_at = at_shanghai(date(2027, 3, 2)) + timedelta(minutes=minutes)
            ctx.session.execute(update(Qualification).values(valid_to=date(2027, 3, 1)))
        with work() as ctx:
            tender = queries.tender(ctx, tender.id)
        assert sees(work, tender, firm)[0] is clear
        assert (sees(work, tender, firm)[1] == []) is clear


@pytest.mark.once
def test_what_every_bid_asks_is_short_enough_for_the_driver_to_keep():
    whole = str(placing._LOCK_AND_LOOK.compile(dialect=postgresql.dialect()))
    assert len(whole) <= psycopg._queries.MAX_CACHED_STATEMENT_LENGTH
