"""What an agency says of itself and of its people."""

import pytest
from sqlalchemy import select

from marketplace.agencies import errors, queries, service
from marketplace.agencies.models import Practitioner
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.testing.agencies import an_agency, an_identity_number
from marketplace.testing.identity import a_colleague, a_member
from tests.agencies.licensed import licensed


def test_only_its_own_people_edit_an_agency(work):
    with work() as ctx:
        agency = an_agency(ctx)
        own, stranger = a_colleague(ctx, agency.id), a_member(ctx, "agency")
    details = {"legal_representative": "王强", "contact": "赵敏", "phone": "0518-85551234", "introduction": "新简介"}
    with work(stranger) as ctx, pytest.raises(NotPermitted):
        service.amend(ctx, agency.id, **details)
    with work(own) as ctx:
        assert service.amend(ctx, agency.id, **details).contact == "赵敏"


def test_a_profile_keeps_what_it_must_have(work):
    with work() as ctx:
        agency = an_agency(ctx)
        with pytest.raises(errors.FieldMissing) as refused:
            service.amend(ctx, agency.id, legal_representative="王", contact=" ", phone="13912345678", introduction="")
    assert refused.value.field == "contact"


def test_a_practitioner_s_identity_number_is_stored_encrypted_and_only_once(work):
    number = an_identity_number(7)
    with work() as ctx:
        agency = an_agency(ctx)
        facts = {"name": "张三丰", "id_number": number, "certificates": [{"title": "注册造价师", "number": "造001"}]}
        person = service.add_practitioner(ctx, agency.id, **facts)
        assert ctx.keys.decrypt(person.id_sealed).decode() == number
        with pytest.raises(errors.PractitionerTwice):
            service.add_practitioner(ctx, agency.id, **facts)
    with work() as ctx:
        row = ctx.session.scalars(select(Practitioner)).one()
        stored = "".join(str(getattr(row, column.key)) for column in Practitioner.__table__.columns)
        logged = "".join(ctx.session.scalars(select(EventRow.body)))
        assert number not in stored
        assert number not in logged
        service.remove_practitioner(ctx, row.id)
        assert queries.practitioners(ctx, agency.id) == []


def test_a_wrong_identity_number_is_refused(work):
    with work() as ctx:
        agency = an_agency(ctx)
        with pytest.raises(errors.IdNumberInvalid):
            service.add_practitioner(
                ctx,
                agency.id,
                name="张三",
                id_number=an_identity_number(7)[:-1] + "A",
                certificates=[{"title": "a", "number": "b"}],
            )


def test_every_step_is_on_the_record_of_the_agency(work):
    with work() as ctx:
        agency = licensed(ctx)
        service.leave(ctx, agency.id, open_contracts=0)
        types = list(
            ctx.session.scalars(
                select(EventRow.type).where(EventRow.subject == f"agency/{agency.id}").order_by(EventRow.id)
            )
        )
    assert sorted(types) == ["agency.entry.admitted", "agency.entry.withdrawn", "agency.qualification.registered"]
