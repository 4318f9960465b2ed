"""回避: by the notice, and by itself; asked before bidding, at bidding and again at closing; explained by rule and article."""

import pytest

from marketplace.agencies import queries as agencies
from marketplace.identity import queries as identity
from marketplace.relations import service as relations
from marketplace.rulebook import service as rulebook
from marketplace.tenders import errors, queries
from marketplace.tenders.errors.changes import AuthorityUnknown
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
