"""Tables of organisations, logins, memberships, sign-ins and API tokens."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant

LOGIN = "marketplace_login.id"
ORGANISATION = "marketplace_organisation.id"


class Organisation(Base):
    """单位: one body in one capacity. The same code may stand once as an agency and once as an enterprise."""

    __tablename__ = "marketplace_organisation"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    uscc: Mapped[str] = mapped_column(String(18))
    region: Mapped[str] = mapped_column(String(6))
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("uscc", "kind"), Index(None, "kind", "id"))


class Login(Base):
    """登录账号 of one person."""

    __tablename__ = "marketplace_login"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    password_changed_at: Mapped[datetime] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)


class Membership(Base):
    """A login may act for an organisation in a role."""

    __tablename__ = "marketplace_membership"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey(LOGIN))
    organisation_id: Mapped[str] = mapped_column(ForeignKey(ORGANISATION), index=True)
    role: Mapped[str] = mapped_column(String(16))
    granted_at: Mapped[datetime] = mapped_column(Instant)
    granted_by: Mapped[str | None] = mapped_column(String(32))
    __table_args__ = (UniqueConstraint("login_id", "organisation_id", "role"),)


class SignIn(Base):
    """One signed-in browser. Only the hash of its token is kept; `address` is masked."""

    __tablename__ = "marketplace_sign_in"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey(LOGIN), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey(ORGANISATION))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInBrake(Base):
    """Failures counted per keyed name, address, or pair of both; nobody can read a name or an address from it."""

    __tablename__ = "marketplace_sign_in_brake"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)


class Token(Base):
    """接口令牌: acts for a person within `scopes`. Only its hash and its first characters are kept.

    last_used_at: the day.
    """

    __tablename__ = "marketplace_token"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey(LOGIN), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey(ORGANISATION))
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
