"""Leaves, complete interior nodes and signed heads of the event log; none is ever updated or deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Leaf(Base):
    """One sealed event: its place in the log and the hash of its content."""

    __tablename__ = "marketplace_leaf"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    hash: Mapped[str] = mapped_column(String(64), index=True)


class Node(Base):
    """The hash over 2^level leaves, stored once its subtree is complete (level 1 and up)."""

    __tablename__ = "marketplace_node"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))


class TreeHead(Base):
    """A signed statement: at this instant the log had this many leaves and this root."""

    __tablename__ = "marketplace_tree_head"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    public_key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))


append_only(Leaf.__table__)
append_only(Node.__table__)
append_only(TreeHead.__table__)
