"""国库集中支付: an application file goes out, a receipt file comes in. Slow, and nobody there removes doubles."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from marketplace.kernel.clock import SHANGHAI, Clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways.wire import fen_text, text_fen
from marketplace.payments.ports import Capabilities, Observation, OfficialReceipt, Outcome, Payee, PaysOnly, Prepared

CAPS = Capabilities(
    dedupes_forever=False,
    can_return=True,
    min_amount=Fen(1),
    max_amount=Fen(10**14),
    remark_required_from=None,
    payee_kinds=frozenset({"bank_account"}),
    gives_receipts=True,
)
TREASURY_FOLDER = "MARKETPLACE_TREASURY"
# status of a receipt file → outcome; whatever is not listed is UNKNOWN
RECEIPTS = {
    "accepted": Outcome.ACCEPTED,
    "paid": Outcome.SUCCEEDED,
    "refused": Outcome.REFUSED,
    "returned": Outcome.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt file says. at: when it happened, where it says so."""

    number: str
    amount: Fen
    status: str
    voucher: str
    at: datetime | None


def read_receipt(raw: bytes, manifest: str) -> Receipt:
    """A receipt file that fits its manifest. Raises ValueError for any other."""
    if [sha256(raw).hexdigest()] != manifest.split()[:1]:  # the manifest may still be empty while it is written
        raise ValueError("receipt does not fit its manifest")
    try:
        said = json.loads(raw)
        at = datetime.fromisoformat(said["date"]).replace(tzinfo=SHANGHAI) if said.get("date") else None
        return Receipt(
            str(said["number"]), text_fen(said["amount"]), str(said["status"]), str(said.get("voucher", "")), at
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("unreadable receipt") from error


@dataclass(frozen=True)
class TreasuryGateway(PaysOnly):
    """Pay-outs from the treasury's account. folder: `out` takes applications, `in` brings receipts.

    Each file N.json has a manifest N.sha256 with its hash. Receipts of one number: N.json, then N.2.json and so on;
    the last one counts.
    """

    folder: Path
    clock: Clock
    name: str = "treasury"
    caps: Capabilities = CAPS

    def prepare_transfer(self, number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Prepared:
        """See Gateway. Pays bank accounts only."""
        if payee.kind != "bank_account" or not payee.bank_name:
            raise ValueError("the treasury pays bank accounts with a named bank only")
        if not number or not number.replace("-", "").isalnum() or not CAPS.min_amount <= amount <= CAPS.max_amount:
            raise ValueError("number or amount cannot be sent")
        application = {
            "form": "payment-application/1",
            "number": number,
            "amount": fen_text(amount),
            "currency": "CNY",
            "payee": {"name": payee.name, "account": payee.account, "bank": payee.bank_name},
            "purpose": title,
            "remark": remark,
        }
        text = json.dumps(application, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return Prepared.of("transfer", number, amount, text.encode())

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Put the application into `out`; a different one under the same number is never written over."""
        target = self.folder / "out" / f"{prepared.number}.json"
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if time.monotonic() >= deadline:
                return self._said("answer", prepared, Outcome.NOT_SENT, "too late")
            _write_once(target, prepared.payload)
            if target.read_bytes() != prepared.payload:
                return self._said("answer", prepared, Outcome.UNKNOWN, "another application has this number")
            target.with_suffix(".sha256").write_text(f"{prepared.digest}  {target.name}\n")
        except OSError as error:
            return self._said("answer", prepared, Outcome.UNKNOWN, type(error).__name__)
        return self._said("answer", prepared, Outcome.ACCEPTED, "handed over")

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Read the last receipt of the number; without one, whether the application was handed over."""
        receipts = self.folder / "in"
        try:
            last = _last_receipt(receipts, prepared.number)
            if last is None:
                there = (self.folder / "out" / f"{prepared.number}.json").is_file()
                return self._said("query", prepared, Outcome.ACCEPTED if there else Outcome.NOT_FOUND, "no receipt yet")
            return self._read(prepared, last.read_bytes(), last.with_suffix(".sha256").read_text())
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            return self._said("query", prepared, Outcome.UNKNOWN, f"unreadable receipt: {type(error).__name__}")

    def receipt(
        self, prepared: Prepared, provider_ids: Mapping[str, str], *, ticket: str, deadline: float
    ) -> OfficialReceipt:
        """See Gateway. The last receipt file of the number, if it says that the money moved."""
        told = self.query(prepared, deadline=deadline)
        if told.outcome is not Outcome.SUCCEEDED:
            return OfficialReceipt("waiting" if told.outcome is Outcome.ACCEPTED else "unknown", code=told.code)
        document = told.provider_ids.get("voucher") or prepared.number
        return OfficialReceipt("ready", document, told.raw, "application/json", document, told.code)

    def parse_notice(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Observation]:
        """See Gateway. The treasury sends none."""
        raise ValueError("the treasury sends no notices")

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """See Gateway."""
        return 404, ""

    def _read(self, prepared: Prepared, raw: bytes, manifest: str) -> Observation:
        receipt = read_receipt(raw, manifest)
        if receipt.number != prepared.number or receipt.amount != prepared.amount:
            return self._said("query", prepared, Outcome.UNKNOWN, "receipt for another payment")
        return Observation(
            "query",
            prepared.number,
            RECEIPTS.get(receipt.status, Outcome.UNKNOWN),
            prepared.amount,
            {"voucher": receipt.voucher},
            receipt.status[:64],
            receipt.at,
            raw,
        )

    def _said(self, source: Any, prepared: Prepared, outcome: Outcome, code: str) -> Observation:
        return Observation(source, prepared.number, outcome, code=code, occurred_at=self.clock())


def _write_once(target: Path, payload: bytes) -> None:
    # The treasury takes a file only with its manifest, so that comes later; link refuses an existing name.
    draft = target.with_suffix(f".{os.getpid()}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(payload)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, target)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _last_receipt(folder: Path, number: str) -> Path | None:
    found = {1: folder / f"{number}.json"}
    found |= {int(n): path for path in folder.glob(f"{number}.*.json") if (n := path.name.split(".")[-2]).isdigit()}
    present = [n for n, path in found.items() if path.is_file() and path.with_suffix(".sha256").is_file()]
    return found[max(present)] if present else None


def treasury_gateway(settings: Mapping[str, Any], clock: Clock) -> TreasuryGateway:
    """The adapter for the folder that MARKETPLACE_TREASURY names."""
    return TreasuryGateway(Path(settings[TREASURY_FOLDER]), clock)
