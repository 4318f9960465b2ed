"""Settings: MARKETPLACE_* keys from the environment or the host's app.config, frozen at start."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "MARKETPLACE_"


@dataclass(frozen=True)
class Setting:
    """One key: its default, whether it is a secret, and what it is for."""

    name: str
    default: str
    purpose: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("MARKETPLACE_DATABASE_URL", "", "Database; empty means var/marketplace.db (SQLite). PostgreSQL 15 by URL."),
    Setting(
        "MARKETPLACE_SECRET", "", "32 bytes in hexadecimal: sign-in, receipts, indexes. Empty: the key file.", True
    ),
    Setting("MARKETPLACE_KEY_FILE", "var/keys.toml", "Keys of a market that stands alone; made at the first start."),
    Setting("MARKETPLACE_KEEPERS", "", "name=public-key pairs, comma separated: who may open envelopes."),
    Setting("MARKETPLACE_KEEPER_KEYS", "", "name=private-key pairs, for the worker only.", True),
    Setting("MARKETPLACE_NAME", "网上中介服务超市", "Name of the market on every page."),
    Setting("MARKETPLACE_REGION", "000000", "Division code (GB/T 2260) whose rulebook is the default."),
    Setting("MARKETPLACE_OPERATOR", "中介超市运营中心", "Operating body shown in the footer."),
    Setting("MARKETPLACE_OCDS_PREFIX", "ocds-000000", "Prefix registered with the Open Contracting Partnership."),
    Setting("MARKETPLACE_FILES", "var/files", "Folder of uploaded files."),
    Setting("MARKETPLACE_URL_PREFIX", "", "Path under which pages and API are mounted in a host."),
    Setting("MARKETPLACE_BASE_URL", "http://127.0.0.1:8000", "Address printed in letters and codes."),
    Setting("MARKETPLACE_IDENTITY", "local", "Identity provider: local, host or header."),
    Setting("MARKETPLACE_HEADER_SECRET", "", "Shared secret of a gateway that signs identity headers.", True),
    Setting("MARKETPLACE_SELECTION_METHODS", "", "Third-party selection methods to load, comma separated."),
    Setting("MARKETPLACE_PAYMENT_GATEWAYS", "", "Third-party payment gateways to load, comma separated."),
    Setting("MARKETPLACE_CREDIT_FEEDS", "", "Third-party credit feeds to load, comma separated."),
    Setting("MARKETPLACE_GATEWAY", "sandbox", "Gateway of own funds: sandbox or alipay. Treasury money has its own."),
    Setting("MARKETPLACE_PAYMENTS_IN_FLIGHT", "8", "Requests that may be open at a payment provider at once."),
    Setting("MARKETPLACE_SANDBOX", "var/sandbox", "Folder of the sandbox gateway: keys and address."),
    Setting("MARKETPLACE_ALIPAY_URL", "", "Address of the Alipay gateway."),
    Setting("MARKETPLACE_ALIPAY_APP_ID", "", "Application number at Alipay."),
    Setting("MARKETPLACE_ALIPAY_PRIVATE_KEY", "", "PEM file of our application key.", True),
    Setting("MARKETPLACE_ALIPAY_PUBLIC_KEY", "", "PEM file of Alipay's public key."),
    Setting("MARKETPLACE_ALIPAY_APP_CERT", "", "PEM file of our certificate; switches certificate mode on."),
    Setting("MARKETPLACE_ALIPAY_PUBLIC_CERT", "", "PEM file of Alipay's certificate (certificate mode)."),
    Setting("MARKETPLACE_ALIPAY_ROOT_CERT", "", "PEM file of the root certificates (certificate mode)."),
    Setting("MARKETPLACE_STRIPE_URL", "https://api.stripe.com", "Address of the Stripe API, for the optional gateway."),
    Setting("MARKETPLACE_STRIPE_KEY", "", "File with the secret key of Stripe.", True),
    Setting("MARKETPLACE_STRIPE_WEBHOOK_SECRET", "", "File with the secret that signs Stripe's events.", True),
    Setting("MARKETPLACE_TREASURY", "var/treasury", "Folder for treasury applications (out) and receipts (in)."),
    Setting(
        "MARKETPLACE_HOLD_DAYS",
        "0",
        "Days (1 to 365) that the payment provider may hold an enterprise's payment until acceptance; 0: never. "
        "Needs the provider's contract for delayed settlement.",
    ),
    Setting("MARKETPLACE_MAX_UPLOAD_MB", "500", "Largest request body in megabytes."),
    Setting(
        "MARKETPLACE_CLOCK_ERROR_MS",
        "500",
        "Farthest from the database's clock, in milliseconds, at which a web process may stamp when a bid arrived.",
    ),
    Setting(
        "MARKETPLACE_DRAW_STOCK",
        "50",
        "Commitments to seeds of draws that a worker keeps in stock for each keeper whose key it holds; 0: none.",
    ),
    Setting("MARKETPLACE_LOG_LEVEL", "INFO", "Level of the log: DEBUG, INFO, WARNING, ERROR."),
    Setting(
        "MARKETPLACE_DEMO_CLOCK",
        "",
        "A demonstration's clock: instant shown, `@`, real instant it began; never in production.",
    ),
)


def load(given: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Every setting as text: what the host gave, else the environment, else the default. Unknown keys are refused."""
    given = {key: str(value) for key, value in (given or {}).items() if key.startswith(PREFIX)}
    known = {setting.name for setting in SETTINGS}
    unknown = sorted((set(given) | {key for key in os.environ if key.startswith(PREFIX)}) - known - {*_IGNORED})
    if unknown:
        raise LookupError(f"unknown setting {', '.join(unknown)}; see docs/settings.md")
    return {s.name: given.get(s.name, os.environ.get(s.name, s.default)) for s in SETTINGS}


# Keys that belong to tools around the service.
_IGNORED = frozenset({"MARKETPLACE_KEEPER_KEY", "MARKETPLACE_TEST_DATABASE", "MARKETPLACE_WRITE_DOCS"})


def pairs(text: str) -> dict[str, str]:
    """Read `name=value, name=value`."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    return {name.strip(): value.strip() for name, _, value in (item.partition("=") for item in items)}


def names(text: str) -> list[str]:
    """Read a comma separated list."""
    return [item.strip() for item in text.split(",") if item.strip()]


def read_key_file(path: Path) -> dict[str, Any]:
    """The key file as a dictionary."""
    with path.open("rb") as stream:
        return tomllib.load(stream)


def masked(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings as they may be shown: secrets hidden."""
    secret = {setting.name for setting in SETTINGS if setting.secret}
    return {key: ("(set)" if value else "") if key in secret else value for key, value in settings.items()}
