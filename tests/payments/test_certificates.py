"""Certificate mode: the numbers of certificates, who may speak for the provider, and that both sides insist on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from marketplace.kernel.clock import system_clock
from marketplace.payments.gateways import certificates
from marketplace.payments.gateways.alipay import AlipayGateway, alipay_gateway
from marketplace.payments.gateways.alipay_access import certificate_mode, key_mode
from marketplace.payments.gateways.sandbox import sandbox_access, sandbox_gateway
from marketplace.payments.ports import Outcome
from marketplace.payments.sandbox import start_sandbox
from marketplace.payments.sandbox.papers import APP_CERT, PROVIDER_CERT, ROOT_CERT, serial
from marketplace.payments.sandbox.signing import APP_ID, APP_PRIVATE, PROVIDER_PUBLIC
from tests.payments.paying import moved, prepared, soon

NOW = datetime.now(UTC)
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Class 1 R1"),
    ]
)


def a_root(key, *, number=7, days=10):
    draft = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key())
    draft = draft.serial_number(number).not_valid_before(NOW - timedelta(days=days))
    return draft.not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())


def pem(*papers):
    return b"".join(paper.public_bytes(serialization.Encoding.PEM) for paper in papers)


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    running = start_sandbox(tmp_path_factory.mktemp("certified"), certificates=True)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_certificate_is_called_by_issuer_and_serial_number(rsa_key):
    spelled = b"CN=Class 1 R1,OU=Certification Authority,O=Ant Financial,C=CN7"
    assert certificates.serial_of(a_root(rsa_key)) == md5(spelled).hexdigest()


def test_of_the_roots_only_those_of_rsa_are_counted(rsa_key):
    elliptic = a_root(ec.generate_private_key(ec.SECP256R1()), number=8)
    one, two = a_root(rsa_key, number=1), a_root(rsa_key, number=2)
    number = certificates.root_serial_of(certificates.load(pem(one, elliptic, two)))
    assert number == f"{certificates.serial_of(one)}_{certificates.serial_of(two)}"
    with pytest.raises(ValueError, match="RSA"):
        certificates.root_serial_of([elliptic])


def test_both_sides_work_the_numbers_out_alike(certified):
    known = sandbox_access(certified.folder).credentials
    files = [certified.folder / name for name in (APP_CERT, ROOT_CERT, PROVIDER_CERT)]
    assert [serial(file) for file in files] == [known.app_cert_sn, known.root_cert_sn, known.alipay_cert_sn]


def test_a_certificate_that_no_root_vouches_for_speaks_for_nobody(certified, rsa_key):
    provider = certificates.load((certified.folder / PROVIDER_CERT).read_bytes())
    with pytest.raises(ValueError, match="vouches"):
        certificates.provider_key(provider, [a_root(rsa_key)], NOW)
    with pytest.raises(ValueError, match="broken"):
        certificates.provider_key([*provider, a_root(rsa_key)], [a_root(rsa_key)], NOW)


@pytest.mark.parametrize("day", [-20, 20])
def test_a_certificate_out_of_its_time_is_refused(rsa_key, day):
    root = a_root(rsa_key)
    assert certificates.provider_key([root], [root], NOW)
    with pytest.raises(ValueError, match="time"):
        certificates.provider_key([root], [root], NOW + timedelta(days=day))


def test_a_key_and_a_certificate_must_belong_together(certified):
    folder = certified.folder
    pems = tuple((folder / name).read_bytes() for name in (PROVIDER_CERT, PROVIDER_CERT, ROOT_CERT))
    with pytest.raises(ValueError, match="not the one of its key"):
        certificate_mode(APP_ID, (folder / APP_PRIVATE).read_bytes(), pems, system_clock)


def test_an_answer_under_another_certificate_is_unknown(certified):
    gateway = sandbox_gateway({"MARKETPLACE_SANDBOX": certified.folder}, system_clock)
    assert gateway.send(prepared(gateway, "CERT-1"), deadline=soon()).outcome is Outcome.SUCCEEDED
    other = replace(gateway.credentials, alipay_cert_sn="another")
    strict = AlipayGateway(lambda: replace(gateway.access(), credentials=other), system_clock)
    assert strict.query(prepared(gateway, "CERT-1"), deadline=soon()).outcome is Outcome.UNKNOWN


def test_key_mode_is_refused_where_certificates_are_demanded(certified):
    folder = certified.folder
    keys = key_mode(APP_ID, (folder / APP_PRIVATE).read_bytes(), (folder / PROVIDER_PUBLIC).read_bytes())
    plain = AlipayGateway(lambda: replace(sandbox_access(folder), credentials=keys), system_clock)
    said = plain.send(prepared(plain, "CERT-2"), deadline=soon())
    assert (said.outcome, said.code) == (Outcome.REFUSED, "isv.invalid-app-cert-sn")
    assert moved(certified, "CERT-2") == []


@pytest.mark.parametrize("certificate", [APP_CERT, ""])
def test_the_settings_choose_the_mode(certified, play, certificate):
    running = certified if certificate else play
    folder = running.folder
    settings = {
        "MARKETPLACE_ALIPAY_URL": running.url,
        "MARKETPLACE_ALIPAY_APP_ID": APP_ID,
        "MARKETPLACE_ALIPAY_PRIVATE_KEY": folder / APP_PRIVATE,
        "MARKETPLACE_ALIPAY_PUBLIC_KEY": folder / PROVIDER_PUBLIC,
        "MARKETPLACE_ALIPAY_APP_CERT": certificate and folder / certificate,
        "MARKETPLACE_ALIPAY_PUBLIC_CERT": folder / PROVIDER_CERT,
        "MARKETPLACE_ALIPAY_ROOT_CERT": folder / ROOT_CERT,
    }
    gateway = alipay_gateway(settings, system_clock)
    assert gateway.send(prepared(gateway, f"SET-{certificate}"), deadline=soon()).outcome is Outcome.SUCCEEDED
    assert bool(gateway.credentials.alipay_cert_sn) is bool(certificate)
