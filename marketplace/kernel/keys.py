"""The market's keys: blind indexes, signatures, encryption at rest, and envelopes for named keepers."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.signing import SigningKey, VerifyKey

from marketplace.kernel.draw import expand, extract
from marketplace.kernel.errors import KeyNotHeld

KEEPERS = ("operator", "department", "regulator")


@dataclass(frozen=True)
class KeyRing:
    """What this process may do with secrets.

    secret: 32 bytes of the web side. keepers: name → public key (hex).
    private: name → private key (hex), loaded only where envelopes are opened.
    """

    secret: bytes
    keepers: Mapping[str, str]
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    # A key derived once in a process need not be derived in every request.
    _derived: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def held(self) -> dict[str, str]:
        """Public key → name of the keepers whose envelopes this process opens."""
        return {self.keepers[name]: name for name in self.private if name in self.keepers}

    def _derive(self, purpose: str) -> bytes:
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = expand(extract(b"marketplace", self.secret), purpose.encode())
        return found

    @cached_property
    def _signing(self) -> SigningKey:
        return SigningKey(self._derive("sign"))

    @cached_property
    def _indexing(self) -> hmac.HMAC:
        return hmac.new(self._derive("index"), digestmod=hashlib.sha256)

    def index(self, *parts: str) -> str:
        """A keyed index (HMAC-SHA256, hex): equal inputs meet, nobody without the key can guess them."""
        keyed = self._indexing.copy()
        keyed.update("\x1f".join(parts).encode())
        return keyed.hexdigest()

    def sign(self, data: bytes) -> str:
        """Ed25519 signature, hex."""
        return self._signing.sign(data).signature.hex()

    @cached_property
    def public_key(self) -> str:
        """The Ed25519 public key that checks `sign`, hex."""
        return bytes(self._signing.verify_key).hex()

    def encrypt(self, data: bytes) -> str:
        """Encrypt a field at rest, hex."""
        return bytes(SecretBox(self._derive("rest")).encrypt(data)).hex()

    def decrypt(self, text: str) -> bytes:
        """Read a field encrypted at rest. Raises ValueError when it was changed."""
        try:
            return SecretBox(self._derive("rest")).decrypt(bytes.fromhex(text))
        except CryptoError as error:
            raise ValueError("encrypted field does not open") from error

    def seal_to(self, keeper: str, data: bytes) -> str:
        """Put data into an envelope that only `keeper` can open, hex."""
        return bytes(SealedBox(PublicKey(bytes.fromhex(self.keepers[keeper]))).encrypt(data)).hex()

    def unseal(self, keeper: str, text: str) -> bytes:
        """Open a keeper's envelope. Raises KeyNotHeld where the private key is not loaded, ValueError when tampered."""
        if keeper not in self.private:
            raise KeyNotHeld(keeper=keeper)
        try:
            return SealedBox(PrivateKey(bytes.fromhex(self.private[keeper]))).decrypt(bytes.fromhex(text))
        except CryptoError as error:
            raise ValueError("envelope does not open") from error


def verify(public_key: str, data: bytes, signature: str) -> bool:
    """Check an Ed25519 signature; False for anything malformed."""
    try:
        VerifyKey(bytes.fromhex(public_key)).verify(data, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def new_keeper() -> tuple[str, str]:
    """A fresh keeper's pair: (private hex, public hex)."""
    private = PrivateKey.generate()
    return bytes(private).hex(), bytes(private.public_key).hex()
