"""The wire of official receipts, byte by byte, in key mode and in certificate mode."""

from unittest import mock

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments.gateways import alipay_receipts, wire
from marketplace.payments.ports import Payee
from tests.payments.paying import soon
from tests.payments.wire_files import GOLDEN, MODES, a_signer, flipped, gateway, golden, requested, sealed

pytestmark = pytest.mark.once
IDS = {"order_id": "20260302110070000006910000000001", "pay_fund_order_id": "2026030200000001"}
TICKET, PDF = "1000001234567890", b"%PDF-1.4\n%%EOF\n"
MADE = {"code": "10000", "msg": "Success", "status": "SUCCESS", "download_url": "https://dwbillcenter.alipay.com/x"}
ANSWERS = {
    "receipt-applied": ("", {"code": "10000", "msg": "Success", "file_id": TICKET}, ("waiting", TICKET)),
    "receipt-not-allowed": ("", {"code": "40006", "msg": "Insufficient Permissions", "sub_code": "isv.insufficient-isv-permissions"}, ("unknown", "")),
    "receipt-making": (TICKET, {"code": "10000", "msg": "Success", "status": "PROCESS"}, ("waiting", TICKET)),
    "receipt-failed": (TICKET, {"code": "10000", "msg": "Success", "status": "FAIL", "error_message": "回单生成失败"}, ("refused", "")),
    "receipt-made": (TICKET, MADE, ("ready", TICKET)),
}  # fmt: skip


def ask(rail, ticket):
    command = rail.prepare_transfer("ZF-2026-000001-A1B2C3", Fen(123_450), Payee("alipay_logon_id", "pay@example.com", "江苏诚达"), "服务费", "合同")  # fmt: skip
    return rail.receipt(command, IDS, ticket=ticket, deadline=soon())


def hears(rail, ticket, body, file=PDF):
    reply, got = wire.Reply(sent=True, status=200, body=body), wire.Reply(sent=True, status=200, body=file)
    with (
        mock.patch.object(wire, "post", return_value=reply),
        mock.patch.object(wire, "get", return_value=got),
        mock.patch.object(wire, "sign", return_value="x"),
    ):
        return ask(rail, ticket)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("name", "ticket"), [("apply", ""), ("query", TICKET)])
def test_a_question_is_the_same_to_the_byte(mode, name, ticket):
    made = requested(lambda: ask(gateway(mode), ticket))
    assert made == golden(f"{mode}/receipt-{name}.request", made)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_answer_means_what_it_meant(mode, name):
    ticket, facts, wanted = ANSWERS[name]
    method = alipay_receipts.QUERY if ticket else alipay_receipts.APPLY
    body = golden(f"{mode}/{name}.answer", lambda: sealed(a_signer(), mode, method, facts))
    told = hears(gateway(mode), ticket, body)
    assert (told.state, told.ticket) == wanted
    assert (told.file, told.media_type) == ((PDF, "application/pdf") if told.state == "ready" else (b"", ""))


@pytest.mark.parametrize("mode", MODES)
def test_flipped_bytes_of_an_answer_and_any_file_that_is_not_whole_bring_nothing(mode):
    body, rail = (GOLDEN / mode / "receipt-made.answer").read_bytes(), gateway(mode)
    for place in range(0, len(body), 4):
        assert hears(rail, TICKET, flipped(body, place)).state == "unknown", place
    for file in (b"", PDF[:8], PDF[1:], b"<html>", PDF[:-7]):
        assert hears(rail, TICKET, body, file).state == "unknown"
