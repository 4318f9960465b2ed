"""RSA2 as the far side does it, written apart from our own wire so that one mistake cannot hide in both."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from marketplace.payments.sandbox.papers import APP_CERT, PROVIDER_CERT, ROOT_CERT, make_papers, serial

APP_ID = "2021000000000000"
APP_PRIVATE, APP_PUBLIC = "app_private_key.pem", "app_public_key.pem"
PROVIDER_PRIVATE, PROVIDER_PUBLIC = "provider_private_key.pem", "provider_public_key.pem"
MARK = "SANDBOX"
MARK_TEXT = "Keys and money in this folder are play things of the payment sandbox.\n"


class RealKeysNearby(RuntimeError):
    """The sandbox will not stand beside keys that move real money."""


def make_keys(folder: Path) -> None:
    """Make both parties' keys once, in a folder of the sandbox's own.

    Raises RealKeysNearby when the folder already holds keys that the sandbox did not make.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARK).is_file():
        _make_papers(folder)
        return
    strangers = [path.name for path in folder.iterdir() if path.suffix in {".pem", ".key", ".crt", ".p12", ".pfx"}]
    if strangers:
        raise RealKeysNearby(f"{folder} holds keys that are not the sandbox's: {', '.join(sorted(strangers))}")
    for private, public in ((APP_PRIVATE, APP_PUBLIC), (PROVIDER_PRIVATE, PROVIDER_PUBLIC)):
        _make_pair(folder / private, folder / public)
    _make_papers(folder)
    (folder / MARK).write_text(MARK_TEXT)


def _make_papers(folder: Path) -> None:
    if not (folder / ROOT_CERT).is_file():
        make_papers(folder, folder / APP_PUBLIC, folder / PROVIDER_PUBLIC)


def _make_pair(private: Path, public: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


class Signer:
    """The provider's desk: checks what the merchant signed, signs what it answers."""

    def __init__(self, folder: Path) -> None:
        private = serialization.load_pem_private_key((folder / PROVIDER_PRIVATE).read_bytes(), None)
        public = serialization.load_pem_public_key((folder / APP_PUBLIC).read_bytes())
        assert isinstance(private, rsa.RSAPrivateKey)
        assert isinstance(public, rsa.RSAPublicKey)
        self._private, self._merchant = private, public
        self.cert_sn = serial(folder / PROVIDER_CERT)
        self._expected = {"app_cert_sn": serial(folder / APP_CERT), "alipay_root_cert_sn": serial(folder / ROOT_CERT)}

    def genuine(self, params: dict[str, str]) -> bool:
        """Whether the merchant signed these parameters: all but sign, empty ones left out, in order of their names."""
        if params.get("sign_type") != "RSA2":
            return False
        names = sorted(name for name, value in params.items() if value and name != "sign")
        text = "&".join(f"{name}={params[name]}" for name in names).encode()
        try:
            signature = base64.b64decode(params.get("sign", ""), validate=True)
            self._merchant.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def certified(self, params: dict[str, str]) -> bool:
        """Whether a request of certificate mode names the right certificates."""
        return all(params.get(name) == number for name, number in self._expected.items())

    def seal(self, wrapper: str, facts: dict[str, Any], cert_sn: str = "") -> str:
        """An answer in its envelope. cert_sn stands between object and signature, as certificate mode has it."""
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        middle = f'"alipay_cert_sn":"{cert_sn}",' if cert_sn else ""
        return f'{{"{wrapper}":{text},{middle}"sign":"{self.sign(text)}"}}'

    def sign_notice(self, params: dict[str, str]) -> dict[str, str]:
        """A notice with its signature, which covers everything but sign and sign_type."""
        text = "&".join(f"{name}={params[name]}" for name in sorted(params) if params[name])
        return {**params, "sign_type": "RSA2", "sign": self.sign(text)}

    def sign(self, text: str) -> str:
        """PKCS#1 v1.5 over SHA-256, base64."""
        return base64.b64encode(self._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
