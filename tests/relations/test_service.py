import pytest
from sqlalchemy import text

from marketplace.agencies import queries as agencies
from marketplace.identity import queries as identity
from marketplace.identity.rules import make_uscc
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.relations import errors, queries, service
from marketplace.testing.agencies import an_identity_number
from marketplace.testing.identity import a_member
from marketplace.testing.relations import a_registry_file, a_relation
from marketplace.testing.tenders import a_buying_actor, some_bidders

NUMBER = an_identity_number(7)


def test_neither_number_nor_name_of_a_person_is_stored_or_recorded(work):
    firm = some_bidders(work, 1)[0]
    a_relation(work, firm, name="赵启明", number=NUMBER)
    with work() as ctx:
        rows = [str(tuple(row)) for row in ctx.session.execute(text("SELECT * FROM marketplace_relation"))]
        logged = [row.body for row in ctx.session.query(EventRow)]
        assert not any(secret in found for found in rows + logged for secret in (NUMBER, "赵启明"))
        assert queries.name(ctx, queries.relations(ctx, firm.organisation_id)[0]) == "赵启明"


def test_the_same_relation_is_entered_once_and_again_after_it_ended(work):
    firm = some_bidders(work, 1)[0]
    row = a_relation(work, firm)
    with pytest.raises(errors.RelationTwice):
        a_relation(work, firm)
    with work(firm) as ctx:
        service.end(ctx, row.id)
    again = a_relation(work, firm)
    with work(firm) as ctx:
        assert [found.id for found in queries.relations(ctx, firm.organisation_id)] == [again.id]


def test_nobody_ends_somebody_elses_relation_or_one_of_the_registry(work):
    one, other = some_bidders(work, 2)
    row = a_relation(work, one)
    with pytest.raises(errors.RelationNotFound), work(other) as ctx:
        service.end(ctx, row.id)
    with work() as ctx:
        uscc = agencies.agency(ctx, other.organisation_id).uscc
        service.import_file(ctx, a_registry_file((uscc, "executive", "钱", NUMBER, "")), dry_run=False)
        theirs = queries.relations(ctx, other.organisation_id)[0].id
    with pytest.raises(errors.RelationFromRegistry), work(other) as ctx:
        service.end(ctx, theirs)


def test_a_unit_is_not_related_to_itself(work):
    firm = some_bidders(work, 1)[0]
    with work() as ctx:
        uscc = agencies.agency(ctx, firm.organisation_id).uscc
    with pytest.raises(errors.RelationOfItself):
        a_relation(work, firm, "affiliated", number=uscc)


def test_a_declaration_needs_the_commitment_and_is_renewed(work, clock):
    firm = some_bidders(work, 1)[0]
    with pytest.raises(errors.RelationCommitmentMissing), work(firm) as ctx:
        service.declare(ctx, committed=False)
    with work(firm) as ctx:
        first = service.declare(ctx, committed=True).declared_at
    clock.advance(hours=1)
    with work(firm) as ctx:
        assert service.declare(ctx, committed=True).declared_at > first
        assert queries.undeclared(ctx, [firm.organisation_id, "nobody"]) == {"nobody"}


def test_a_registrys_file_with_one_bad_line_changes_nothing_and_names_every_bad_line(work):
    firm = some_bidders(work, 1)[0]
    with work() as ctx:
        uscc = agencies.agency(ctx, firm.organisation_id).uscc
        file = a_registry_file(
            (uscc, "法定代表人（负责人、经营者）", "赵启明", NUMBER, ""),
            (uscc, "legal_person", "赵启明", NUMBER, ""),
            (make_uscc("nobody"), "executive", "钱", NUMBER, ""),
            ("1", "executive", "钱", NUMBER, ""),
            (uscc, "shareholder", "孙", NUMBER, "120"),
        )
        report = service.import_file(ctx, file, dry_run=False)
        assert [problem.line for problem in report.problems] == [3, 4, 5, 6]
        assert (report.written, queries.relations(ctx, firm.organisation_id)) == (False, [])


def test_a_registrys_file_replaces_what_it_said_before_and_leaves_what_the_unit_declared(work):
    firm = some_bidders(work, 1)[0]
    own = a_relation(work, firm, number=an_identity_number(8))
    with work() as ctx:
        uscc = agencies.agency(ctx, firm.organisation_id).uscc
        first = a_registry_file((uscc, "executive", "钱", NUMBER, ""), (uscc, "shareholder", "孙", NUMBER, "30"))
        assert service.import_file(ctx, first).written is False
        assert service.import_file(ctx, first, dry_run=False).written
        second = a_registry_file((uscc, "shareholder", "孙", NUMBER, "20.5"))
        assert service.import_file(ctx, second, dry_run=False).relations == 1
        left = [(row.kind, row.share_bp, row.source) for row in queries.relations(ctx, firm.organisation_id)]
    assert left == [(own.kind, None, "own"), ("shareholder", 2050, "registry")]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", "单位代码,名称\n1,2".encode(), b"x" * 5_000_001])
def test_a_file_that_is_none_is_refused(work, content):
    with pytest.raises(errors.RelationFileUnreadable), work() as ctx:
        service.import_file(ctx, content)


def test_only_an_operator_takes_over_a_registrys_file(work):
    with pytest.raises(NotPermitted), work(some_bidders(work, 1)[0]) as ctx:
        service.import_file(ctx, a_registry_file())
    with work() as ctx:
        operator = a_member(ctx, "operator")
    with work(operator) as ctx:
        assert ctx.actor.may("relation.import")


def test_links_are_found_from_both_sides_and_only_between_those_asked(work):
    firms, buyer = some_bidders(work, 4), a_buying_actor(work)
    with work() as ctx:
        uscc = identity.organisation(ctx, buyer.organisation_id).uscc
        theirs = agencies.agency(ctx, firms[1].organisation_id).uscc
    a_relation(work, firms[0], "shareholder", number=uscc, share="30")
    a_relation(work, buyer, "affiliated", number=theirs)
    a_relation(work, buyer, "executive")
    a_relation(work, firms[2])
    with work() as ctx:
        found = queries.links(ctx, [firm.organisation_id for firm in firms], [buyer.organisation_id])
    sides = {agency: [(link.kind, link.other_kind) for link in links] for (agency, _), links in found.items()}
    assert sides == {
        firms[0].organisation_id: [("shareholder", "self")],
        firms[1].organisation_id: [("self", "affiliated")],
        firms[2].organisation_id: [("legal_person", "executive")],
    }
