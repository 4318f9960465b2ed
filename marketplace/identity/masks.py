"""What strangers see of a name, a number or an address. Pure."""


def _starred(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[len(text) - tail :] if hidden > 0 else "*" * len(text)


def mask_phone(text: str) -> str:
    """138****5678."""
    return _starred(text, 3, 4)


def mask_id_number(text: str) -> str:
    """3****************4: first and last character of an identity number."""
    return _starred(text, 1, 1)


def mask_person(text: str) -> str:
    """张**: the family name only."""
    return _starred(text, 1, 0)


def mask_address(text: str) -> str:
    """The network half of an IP address, enough to recognise one's own place."""
    if ":" in text:
        return ":".join(text.split(":")[:3]) + "::*"
    return ".".join([*text.split(".")[:2], "*", "*"]) if text.count(".") == 3 else ""
