"""The keys of a process: from its settings, or from a key file that is made once."""

import os
import secrets
from pathlib import Path

from marketplace import config
from marketplace.kernel.keys import KEEPERS, KeyRing, new_keeper


def key_ring(settings: dict[str, str], *, private: bool) -> KeyRing:
    """The secret and the keepers' public keys; with private also the keys that open envelopes."""
    if settings["MARKETPLACE_SECRET"]:
        held = config.pairs(settings["MARKETPLACE_KEEPER_KEYS"]) if private else {}
        return KeyRing(
            bytes.fromhex(settings["MARKETPLACE_SECRET"]), config.pairs(settings["MARKETPLACE_KEEPERS"]), held
        )
    path = Path(settings["MARKETPLACE_KEY_FILE"])
    if not path.exists():
        _make_key_file(path)
    stored = config.read_key_file(path)
    return KeyRing(bytes.fromhex(stored["secret"]), stored["keepers"], stored["private"] if private else {})


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {name: new_keeper() for name in KEEPERS}
    lines = [f'secret = "{secrets.token_hex(32)}"', "[keepers]"]
    lines += [f'{name} = "{pair[1]}"' for name, pair in made.items()]
    lines += ["[private]", *(f'{name} = "{pair[0]}"' for name, pair in made.items()), ""]
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write("\n".join(lines))
    try:
        os.link(draft, path)  # refuses when another process was first, so nobody's keys are overwritten
    except FileExistsError:
        pass
    finally:
        draft.unlink()
