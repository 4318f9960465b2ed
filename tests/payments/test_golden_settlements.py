"""The wire of held payments and their settlement, byte by byte, in key mode and in certificate mode."""

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments.gateways import alipay_payments
from marketplace.payments.ports import Outcome
from tests.payments.paying import soon
from tests.payments.wire_files import AT, GOLDEN, MODES, a_signer, flipped, gateway, golden, hears, requested, sealed

pytestmark = pytest.mark.once
NUMBER, TRADE, AMOUNT = "JS-2026-000001-A1B2C3", "2026030222001400001234567890", Fen(123_450)
DONE = {"code": "10000", "msg": "Success", "trade_no": TRADE, "out_request_no": NUMBER, "settle_amount": "1234.50"}
ANSWERS = {
    "settle-done": (DONE, Outcome.SUCCEEDED),
    "settle-refused": ({"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_STATUS_ERROR"}, Outcome.REFUSED),
    "settle-not-allowed": ({"code": "40006", "msg": "Insufficient Permissions", "sub_code": "isv.insufficient-isv-permissions"}, Outcome.REFUSED),
    "settle-unknown": ({"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}, Outcome.UNKNOWN),
}  # fmt: skip


def payment(rail):
    wanted = {"expires_at": AT, "notify_url": "https://market.example/n", "seller": "2088000000000777", "way": "qr"}
    return rail.prepare_held_payment("SK-2026-000001-A1B2C3", AMOUNT, "环境影响评价服务费", hold_days=90, **wanted)


def settlement(rail):
    return rail.prepare_settlement(NUMBER, payment(rail), AMOUNT, {"trade_no": TRADE})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("name", "make"), [("held-send", payment), ("settle-send", settlement)])
def test_a_request_is_the_same_to_the_byte(mode, name, make):
    rail = gateway(mode)
    made = requested(lambda: rail.send(make(rail), deadline=soon()))
    assert made == golden(f"{mode}/{name}.request", made)


@pytest.mark.parametrize("mode", MODES)
def test_asking_is_the_same_request_again(mode):
    rail = gateway(mode)
    made = [
        requested(lambda act=act: getattr(rail, act)(settlement(rail), deadline=soon())) for act in ("send", "query")
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_answer_means_what_it_meant(mode, name):
    facts, wanted = ANSWERS[name]
    body, rail = (
        golden(f"{mode}/{name}.answer", lambda: sealed(a_signer(), mode, alipay_payments.SETTLE, facts)),
        gateway(mode),
    )
    told = hears(rail, "send", settlement(rail), body)
    assert (told.outcome, told.number) == (wanted, NUMBER)
    assert told.amount in {None, AMOUNT}


@pytest.mark.parametrize("mode", MODES)
def test_flipped_bytes_and_another_number_or_amount_settle_nothing(mode):
    body, rail = (GOLDEN / mode / "settle-done.answer").read_bytes(), gateway(mode)
    told = settlement(rail)
    for place in range(0, len(body), 4):
        assert hears(rail, "send", told, flipped(body, place)).outcome is Outcome.UNKNOWN, place
    for other in ({"out_request_no": "JS-OTHER"}, {"settle_amount": "0.01"}):
        strange = sealed(a_signer(), mode, alipay_payments.SETTLE, {**DONE, **other})
        assert hears(rail, "query", told, strange).outcome is Outcome.UNKNOWN
