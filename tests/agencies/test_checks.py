"""The after-check of entries by commitment, as the operator's clerk sees it."""

from datetime import timedelta

import pytest

from marketplace.agencies import queries
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_member


@pytest.fixture
def drawn(client, sign_in, work):
    """An agency drawn for the after-check, with the operator's clerk signed in."""
    with work() as ctx:
        agency = an_agency(ctx)
        agency.check_due_at = ctx.now + timedelta(days=30)
        a_member(ctx, "operator", username="yunying")
    sign_in(client, "yunying")
    return agency


def test_a_drawn_entry_waits_in_the_list_and_on_the_desk(client, drawn):
    assert drawn.name in client.get("/ops/checks").text
    assert f"ops/checks/{drawn.uscc}" in client.get("/desk").text


def test_the_result_is_put_on_record_and_the_entry_leaves_the_list(client, drawn, work):
    answer = client.post(f"/ops/checks/{drawn.uscc}", data={"passed": "false", "note": "证书编号与原件不一致"})
    assert answer.status_code == 303
    assert "请监管部门作出认定" in client.get(answer.location).text
    assert drawn.name not in client.get("/ops/checks").text
    with work() as ctx:
        assert queries.agency(ctx, drawn.id).check_note == "证书编号与原件不一致"


def test_a_result_without_a_note_is_asked_for_again(client, drawn, work):
    assert client.post(f"/ops/checks/{drawn.uscc}", data={"passed": "true", "note": ""}).status_code == 422
    with work() as ctx:
        assert queries.agency(ctx, drawn.id).checked_at is None


def test_an_agency_does_not_check_itself(client, sign_in, work):
    with work() as ctx:
        agency = an_agency(ctx, username="jigou", password="juniper-violin-4417")
    sign_in(client, "jigou")
    assert client.get(f"/ops/checks/{agency.uscc}").status_code == 403
