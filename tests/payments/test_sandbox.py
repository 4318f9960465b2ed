"""The sandbox: play money only, and never beside real keys."""

import json
import subprocess
import sys
import time
import urllib.request

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways.sandbox import sandbox_gateway
from marketplace.payments.ports import Outcome, Payee
from marketplace.payments.sandbox import REAL_KEYS, RealKeysNearby, start_sandbox

PAYEE = Payee("alipay_logon_id", "pay@example.com", "江苏诚达咨询有限公司")


def send(sandbox, number="S-1"):
    gateway = sandbox_gateway({"MARKETPLACE_SANDBOX": sandbox.folder}, system_clock)
    command = gateway.prepare_transfer(number, Fen(100), PAYEE, "服务费", "")
    return gateway.send(command, deadline=time.monotonic() + 5).outcome


def test_it_refuses_to_start_beside_real_keys(tmp_path):
    real = tmp_path / "merchant.pem"
    real.write_text("-----BEGIN RSA PRIVATE KEY-----")
    with pytest.raises(RealKeysNearby):
        start_sandbox(tmp_path / "sandbox", settings={REAL_KEYS: str(real)})
    with pytest.raises(RealKeysNearby):
        start_sandbox(tmp_path)


def test_it_refuses_real_keys_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(REAL_KEYS, str(tmp_path / "merchant.pem"))
    with pytest.raises(RealKeysNearby):
        start_sandbox(tmp_path / "sandbox")


def test_its_page_says_that_no_money_is_real(tmp_path):
    sandbox = start_sandbox(tmp_path)
    try:
        send(sandbox)
        with urllib.request.urlopen(sandbox.home) as reply:
            page = reply.read().decode()
            assert reply.headers["X-Sandbox"] == "no real money"
        assert "没有真实资金" in page
        assert "S-1" in page
        assert sandbox.url.startswith("http://127.0.0.1:")
    finally:
        sandbox.stop()


def test_it_remembers_after_a_restart(tmp_path):
    for _ in range(2):
        sandbox = start_sandbox(tmp_path)
        assert send(sandbox) is Outcome.SUCCEEDED
        assert len(sandbox.moved()) == 1
        sandbox.stop()


def test_without_deduplication_it_pays_a_number_twice(tmp_path):
    sandbox = start_sandbox(tmp_path)
    try:
        sandbox.set(dedupe="off")
        send(sandbox)
        send(sandbox)
        assert len(sandbox.moved()) == 2
    finally:
        sandbox.stop()


def test_it_runs_in_a_process_of_its_own(tmp_path):
    sandbox = start_sandbox(tmp_path, own_process=True)
    try:
        assert send(sandbox) is Outcome.SUCCEEDED
    finally:
        sandbox.stop()


def test_the_command_refuses_with_a_sentence(tmp_path):
    (tmp_path / "merchant.key").write_text("x")
    command = [sys.executable, "-m", "marketplace.payments.sandbox", "--folder", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "merchant.key" in done.stderr


def test_unknown_switches_are_refused(tmp_path):
    sandbox = start_sandbox(tmp_path)
    try:
        for call in (lambda: sandbox.fault("earthquake"), lambda: sandbox.set(colour="red")):
            with pytest.raises(urllib.error.HTTPError) as refused:
                call()
            assert refused.value.code == 422
            refused.value.close()
    finally:
        sandbox.stop()


def test_a_stranger_without_a_signature_moves_nothing(tmp_path):
    sandbox = start_sandbox(tmp_path)
    try:
        with urllib.request.urlopen(sandbox.url, data=b"method=alipay.fund.trans.uni.transfer") as reply:
            answer = json.load(reply)
        assert answer["alipay_fund_trans_uni_transfer_response"]["code"] == "40002"
        assert sandbox.moved() == []
    finally:
        sandbox.stop()
