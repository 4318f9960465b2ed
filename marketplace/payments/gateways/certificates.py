"""Certificate mode: the serial numbers by which Alipay names certificates, and whom a certificate speaks for.

The rule is Alipay's: MD5 over issuer (RFC 2253, most special name first) and serial number in decimal; of a root file
only certificates signed with RSA count, joined by underscores. Here MD5 is a name, not a protection: what protects is
the chain of signatures that `provider_key` checks.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import md5

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa

_RSA_SIGNATURES = "1.2.840.113549.1.1."


def load(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a file in their order. Raises ValueError for anything else."""
    return x509.load_pem_x509_certificates(pem)


def serial_of(certificate: x509.Certificate) -> str:
    """The number Alipay calls a certificate by (app_cert_sn, alipay_cert_sn): 32 hex digits."""
    text = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def root_serial_of(roots: Sequence[x509.Certificate]) -> str:
    """The number of a file of root certificates (alipay_root_cert_sn). Raises ValueError if none is of RSA."""
    known = [root for root in roots if root.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)]
    if not known:
        raise ValueError("the root file holds no certificate signed with RSA")
    return "_".join(serial_of(root) for root in known)


def provider_key(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> rsa.RSAPublicKey:
    """The key of the first certificate, if the chain leads to a root and each is in its time. Raises ValueError."""
    if not chain:
        raise ValueError("the file holds no certificate")
    for certificate, issuer in zip(chain, [*chain[1:], None], strict=True):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ValueError("a certificate is not valid at this time")
        if issuer is None:
            _rooted(certificate, roots)
        elif not _issued(certificate, issuer):
            raise ValueError("the chain of certificates is broken")
    key = chain[0].public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("RSA2 needs an RSA key of at least 2048 bits")
    return key


def _rooted(certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> None:
    if certificate not in roots and not any(_issued(certificate, root) for root in roots):
        raise ValueError("no root certificate vouches for this one")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
