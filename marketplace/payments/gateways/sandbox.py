"""The Alipay adapter pointed at the sandbox: how tests and the demo pay."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marketplace.kernel.clock import Clock
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import Access, AlipayGateway, Credentials
from marketplace.payments.sandbox.signing import APP_PRIVATE, MARK, PROVIDER_PUBLIC

SANDBOX_FOLDER = "MARKETPLACE_SANDBOX"
ADDRESS_FILE = "sandbox.json"


def sandbox_access(folder: Path) -> Access:
    """Address and keys as the sandbox left them in folder. Raises ValueError if none was ever started there."""
    if not (folder / MARK).is_file() or not (folder / ADDRESS_FILE).is_file():
        raise ValueError(f"no sandbox has been started in {folder}")
    known = json.loads((folder / ADDRESS_FILE).read_text())
    return Access(
        known["url"],
        Credentials(
            app_id=known["app_id"],
            private_key=wire.load_private_key((folder / APP_PRIVATE).read_bytes()),
            alipay_public_key=wire.load_public_key((folder / PROVIDER_PUBLIC).read_bytes()),
        ),
    )


def sandbox_gateway(settings: Mapping[str, Any], clock: Clock) -> AlipayGateway:
    """The adapter for the sandbox in the folder that MARKETPLACE_SANDBOX names."""
    return AlipayGateway(lambda: sandbox_access(Path(settings[SANDBOX_FOLDER])), clock, name="sandbox")
