"""What Alipay knows us by, in key mode and in certificate mode, and where it is."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult

from cryptography.hazmat.primitives.asymmetric import rsa

from marketplace.kernel.clock import Clock
from marketplace.payments.gateways import certificates, wire


@dataclass(frozen=True)
class Credentials:
    """What Alipay knows us by. The three certificate numbers are set in certificate mode only, all together."""

    app_id: str
    private_key: rsa.RSAPrivateKey
    alipay_public_key: rsa.RSAPublicKey
    app_cert_sn: str = ""
    root_cert_sn: str = ""
    alipay_cert_sn: str = ""


@dataclass(frozen=True)
class Access:
    """Where the provider is and what it knows us by. Raises ValueError for an address that is not safe."""

    url: str
    credentials: Credentials

    @cached_property
    def address(self) -> SplitResult:
        """The checked address of the gateway."""
        return wire.checked_url(self.url)


def key_mode(app_id: str, private: bytes, public: bytes) -> Credentials:
    """Credentials of key mode. private, public: PEM. Raises ValueError for keys that are too weak or none."""
    return Credentials(app_id, wire.load_private_key(private), wire.load_public_key(public))


def certificate_mode(app_id: str, private: bytes, pems: tuple[bytes, bytes, bytes], clock: Clock) -> Credentials:
    """Credentials of certificate mode, which Alipay demands for pay-outs.

    pems: our own certificate, Alipay's and the roots, as PEM. Raises ValueError when our key does not belong to our
    certificate, or no root vouches for Alipay's.
    """
    ours, provider, roots = (certificates.load(pem) for pem in pems)
    key = wire.load_private_key(private)
    if key.public_key() != ours[0].public_key():
        raise ValueError("the application's certificate is not the one of its key")
    return Credentials(
        app_id,
        key,
        certificates.provider_key(provider, roots, clock()),
        certificates.serial_of(ours[0]),
        certificates.root_serial_of(roots),
        certificates.serial_of(provider[0]),
    )
