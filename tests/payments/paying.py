"""What the tests of the Alipay adapter share."""

import time

from marketplace.kernel.money import Fen
from marketplace.payments.ports import Gateway, Payee, Prepared
from marketplace.payments.sandbox import Sandbox

PAYEE = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
WRAPPER = "alipay_fund_trans_uni_transfer_response"


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def prepared(gateway: Gateway, number: str, amount: int = 123_450) -> Prepared:
    return gateway.prepare_transfer(number, Fen(amount), PAYEE, "环境影响评价服务费", "合同HT-2026-000001")


def moved(play: Sandbox, number: str) -> list[int]:
    return [row["amount_fen"] for row in play.moved() if row["number"] == number]
