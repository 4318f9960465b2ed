"""Deliverables: their files, their days, and results that are returned."""

import hashlib
import io
from datetime import timedelta

import pytest

from marketplace.contracts import errors, queries, service
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import NotPermitted
from marketplace.testing.contracts import PDF, Parties, Work, a_contract, deliver, parts_of
from marketplace.testing.identity import a_member
from tests.contracts.reading import types


def test_a_delivery_that_misses_its_day_is_marked_late(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(minutes=1))
    runtime.settle()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since is None
    clock.set(part.due_at)
    runtime.tick()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since == part.due_at
        assert "contract.delivery.fell_late" in types(ctx, f"contract/{part.contract_id}")


def test_a_delivery_in_time_is_not_late_while_the_buyer_looks_at_it(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(hours=1))
    deliver(work, parties, part.id)
    clock.advance(hours=2)
    runtime.settle()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since is None


def test_a_delivered_file_is_stored_under_a_random_name_with_its_fingerprint(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id, name="报告书.pdf")
    with work(parties.buyer) as ctx:
        file, path = queries.deliverable_file(ctx, id)
    assert path.read_bytes() == PDF
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "报告" not in path.name


def test_a_refused_file_leaves_nothing_behind(work: Work, parties: Parties, runtime: Runtime) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(errors.FileMismatch):
        deliver(work, parties, part.id, name="报告书.docx")
    with work() as ctx:
        assert list(queries.folder(ctx).iterdir()) == []
        assert queries.milestone(ctx, part.id).status == "scheduled"


def test_a_file_over_the_limit_is_refused_while_it_is_read(
    work: Work, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.contracts.rules.MEGABYTE", 1)
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(errors.FileTooLarge):
        deliver(work, parties, part.id, content=PDF + bytes(500))


def test_strangers_do_not_even_learn_that_a_file_exists(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id)
    with work() as ctx:
        stranger = a_member(ctx, "agency")
    with pytest.raises(errors.DeliverableNotFound), work(stranger) as ctx:
        queries.deliverable_file(ctx, id)


def test_the_authority_reads_a_file(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id)
    with work() as ctx:
        authority = a_member(ctx, "authority")
    with work(authority) as ctx:
        assert queries.deliverable_file(ctx, id)[0].id == id


def test_the_buyer_does_not_deliver(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(NotPermitted), work(parties.buyer) as ctx:
        service.deliver(ctx, part.id, filename="报告书.pdf", content=io.BytesIO(PDF))


def test_a_returned_result_is_delivered_again_and_counted(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        service.return_(ctx, part.id, reason="缺少公众参与章节")
    second = deliver(work, parties, part.id)
    with work() as ctx:
        again = queries.milestone(ctx, part.id)
        versions = [(file.version, file.status) for file in queries.deliverables(ctx, part.contract_id)]
    assert (again.status, again.returned_count) == ("delivered", 1)
    assert versions == [(1, "returned"), (2, "waiting")]
    assert second


def test_a_result_returned_after_its_day_is_late(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(hours=1))
    deliver(work, parties, part.id)
    clock.advance(hours=2)
    with work(parties.buyer) as ctx:
        service.return_(ctx, part.id, reason="数据与现状不符")
    runtime.tick()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since == part.due_at
