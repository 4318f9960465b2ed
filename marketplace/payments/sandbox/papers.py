"""The play certificates of certificate mode: a root of the sandbox's own, and what it signs for both parties.

The numbers of certificates are worked out here apart from our own adapter, so that one mistake cannot hide in both.
"""

from datetime import timedelta
from hashlib import md5
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from marketplace.kernel.clock import system_clock

ROOT_CERT, APP_CERT, PROVIDER_CERT = "root_cert.pem", "app_cert.pem", "provider_cert.pem"
_YEARS_10 = timedelta(days=3652)


def make_papers(folder: Path, app_public: Path, provider_public: Path) -> None:
    """Sign a certificate for each party. The root key is thrown away: nothing else will ever be signed."""
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = _name("Sandbox Root CA")
    papers = {
        ROOT_CERT: (root, root_key.public_key()),
        APP_CERT: (_name("Sandbox Merchant"), _load(app_public)),
        PROVIDER_CERT: (_name("Sandbox Provider"), _load(provider_public)),
    }
    for file, (subject, key) in papers.items():
        made = _certificate(subject, root, key, root_key, is_root=file == ROOT_CERT)
        (folder / file).write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, root_key: rsa.RSAPrivateKey, *, is_root: bool
) -> x509.Certificate:
    now = system_clock()
    draft = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    draft = draft.serial_number(x509.random_serial_number())
    draft = draft.not_valid_before(now - _YEARS_10).not_valid_after(now + _YEARS_10)
    return draft.add_extension(x509.BasicConstraints(is_root, None), critical=True).sign(root_key, hashes.SHA256())


def _name(common: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "Payment Sandbox"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Play money"),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _load(path: Path) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(path.read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def serial(file: Path) -> str:
    """The number of a certificate as the provider has it: MD5 over issuer, most special name first, and serial."""
    paper = x509.load_pem_x509_certificate(file.read_bytes())
    short = {"commonName": "CN", "organizationalUnitName": "OU", "organizationName": "O", "countryName": "C"}
    issuer = ",".join(f"{short[part.oid._name]}={part.value!s}" for part in reversed(list(paper.issuer)))  # noqa: SLF001
    return md5(f"{issuer}{paper.serial_number}".encode(), usedforsecurity=False).hexdigest()
