"""Client-side ids that sort by time, and numbers that people can say on the telephone."""

from datetime import datetime

from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel.base import Base, Entropy
from marketplace.kernel.clock import SHANGHAI


class Counter(Base):
    """The last number given out in one series."""

    __tablename__ = "marketplace_counter"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


def new_id(now: datetime, entropy: Entropy, serial: int = 0) -> str:
    """A version 7 UUID as 32 hexadecimal digits: 48 bits of milliseconds, 26 of `serial`, 48 of entropy (RFC 9562).

    serial: counts within one unit of work, so that what was made later there also sorts later; it never crosses
    units of work, or ids would tell how much happened in between.
    """
    stamp = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    high, low = serial >> 14 & 0xFFF, serial & 0x3FFF
    rest = int.from_bytes(entropy(6), "big")
    value = (stamp << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | (low << 48) | rest
    return f"{value:032x}"


def next_number(session: Session, series: str, now: datetime) -> str:
    """The next human number of a series, e.g. ZJ-2026-000042; the year is Shanghai's."""
    year = now.astimezone(SHANGHAI).year
    name = f"{series}-{year}"
    row = session.scalar(select(Counter).where(Counter.name == name).with_for_update())
    if row is None:
        row = Counter(name=name, value=0)
        session.add(row)
    row.value += 1
    session.flush()
    return f"{name}-{row.value:06d}"
