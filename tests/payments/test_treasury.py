"""The treasury rail: an application file out, a receipt file in."""

import json
import time
from hashlib import sha256

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways.treasury import TreasuryGateway
from marketplace.payments.ports import Gateway, Outcome, Payee

PAYEE = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")


@pytest.fixture
def gateway(tmp_path):
    return TreasuryGateway(tmp_path, system_clock)


def prepared(gateway, amount=123_450):
    return gateway.prepare_transfer("ZF-2026-000001", Fen(amount), PAYEE, "服务费", "合同")


def soon():
    return time.monotonic() + 5


def receive(gateway, *, name="ZF-2026-000001", manifest="", **over):
    receipt = {"number": "ZF-2026-000001", "amount": "1234.50", "status": "paid", "voucher": "88", "date": "2026-03-03"}
    raw = json.dumps(receipt | over).encode()
    folder = gateway.folder / "in"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_bytes(raw)
    (folder / f"{name}.sha256").write_text(manifest or sha256(raw).hexdigest())


def test_the_application_and_its_manifest_are_handed_over_once(gateway):
    assert isinstance(gateway, Gateway)
    command = prepared(gateway)
    assert [gateway.send(command, deadline=soon()).outcome for _ in range(2)] == [Outcome.ACCEPTED] * 2
    written = gateway.folder / "out" / "ZF-2026-000001.json"
    assert written.read_bytes() == command.payload
    assert written.with_suffix(".sha256").read_text().startswith(sha256(command.payload).hexdigest())
    assert sorted(path.suffix for path in written.parent.iterdir()) == [".json", ".sha256"]


def test_another_application_never_takes_the_number(gateway):
    first = prepared(gateway)
    gateway.send(first, deadline=soon())
    assert gateway.send(prepared(gateway, 1), deadline=soon()).outcome is Outcome.UNKNOWN
    assert (gateway.folder / "out" / "ZF-2026-000001.json").read_bytes() == first.payload


def test_after_the_deadline_no_file_is_written(gateway):
    assert gateway.send(prepared(gateway), deadline=time.monotonic() - 1).outcome is Outcome.NOT_SENT
    assert not list((gateway.folder / "out").iterdir())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("paid", Outcome.SUCCEEDED),
        ("refused", Outcome.REFUSED),
        ("returned", Outcome.RETURNED),
        ("accepted", Outcome.ACCEPTED),
        ("lost in the post", Outcome.UNKNOWN),
    ],
)
def test_a_receipt_means_what_it_says(gateway, status, outcome):
    receive(gateway, status=status)
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is outcome


def test_the_last_receipt_counts(gateway):
    receive(gateway)
    receive(gateway, name="ZF-2026-000001.2", status="returned")
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is Outcome.RETURNED


def test_without_a_receipt_the_handed_over_application_is_accepted(gateway):
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is Outcome.NOT_FOUND
    gateway.send(prepared(gateway), deadline=soon())
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "over", [{"amount": "1234.51"}, {"number": "ZF-2"}, {"manifest": "0" * 64}, {"amount": 1234.5}, {"date": "soon"}]
)
def test_a_receipt_that_does_not_fit_settles_nothing(gateway, over):
    receive(gateway, **over)
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_an_unreadable_receipt_raises_nothing(gateway, raw):
    receive(gateway)
    (gateway.folder / "in" / "ZF-2026-000001.json").write_bytes(raw)
    (gateway.folder / "in" / "ZF-2026-000001.sha256").write_text(sha256(raw).hexdigest())
    assert gateway.query(prepared(gateway), deadline=soon()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "payee", [Payee("alipay_logon_id", "a@example.com", "x"), Payee("bank_account", "1" * 10, "x")]
)
def test_only_bank_accounts_with_a_bank_are_paid(gateway, payee):
    with pytest.raises(ValueError):
        gateway.prepare_transfer("ZF-1", Fen(100), payee, "服务费", "")


def test_a_number_that_is_a_path_is_refused(gateway):
    with pytest.raises(ValueError):
        gateway.prepare_transfer("../ZF-1", Fen(100), PAYEE, "服务费", "")
