"""The Alipay adapter pointed at the sandbox: how tests and the demo pay."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marketplace.kernel.clock import Clock, system_clock
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.gateways.alipay_access import Access, certificate_mode, key_mode
from marketplace.payments.sandbox.papers import APP_CERT, PROVIDER_CERT, ROOT_CERT
from marketplace.payments.sandbox.signing import APP_PRIVATE, MARK, PROVIDER_PUBLIC

SANDBOX_FOLDER = "MARKETPLACE_SANDBOX"
ADDRESS_FILE = "sandbox.json"


def sandbox_access(folder: Path) -> Access:
    """Address, mode and keys as the sandbox left them in folder. Raises ValueError if none was ever started there."""
    if not (folder / MARK).is_file() or not (folder / ADDRESS_FILE).is_file():
        raise ValueError(f"no sandbox has been started in {folder}")
    known = json.loads((folder / ADDRESS_FILE).read_text())
    app_id, private = known["app_id"], (folder / APP_PRIVATE).read_bytes()
    if known.get("certificates"):
        ours, provider, root = ((folder / file).read_bytes() for file in (APP_CERT, PROVIDER_CERT, ROOT_CERT))
        # The play certificates live by the real clock, whatever hour a demonstration plays.
        return Access(known["url"], certificate_mode(app_id, private, (ours, provider, root), system_clock))
    return Access(known["url"], key_mode(app_id, private, (folder / PROVIDER_PUBLIC).read_bytes()))


def sandbox_gateway(settings: Mapping[str, Any], clock: Clock) -> AlipayGateway:
    """The adapter for the sandbox in the folder that MARKETPLACE_SANDBOX names."""
    return AlipayGateway(lambda: sandbox_access(Path(settings[SANDBOX_FOLDER])), clock, name="sandbox")
