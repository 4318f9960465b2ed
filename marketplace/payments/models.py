"""Tables of the payments domain. Account numbers, payloads and raw messages are encrypted at rest."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class PayeeDetails(Base):
    """收款信息: where an agency wants to be paid."""

    __tablename__ = "marketplace_payee_details"

    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    account: Mapped[str] = mapped_column(Text)  # encrypted
    account_hint: Mapped[str] = mapped_column(String(24))  # masked, for screens
    name: Mapped[str] = mapped_column(String(200))
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(64))


class PaymentOrder(Base):
    """支付指令: one amount to one payee under one number that never changes."""

    __tablename__ = "marketplace_payment_order"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("live_key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("made_by <> approved_by", name="two_persons"),
        CheckConstraint(
            "state NOT IN ('approved', 'sending', 'accepted', 'unknown', 'paid', 'returned') OR payload IS NOT NULL",
            name="frozen",
        ),
        Index("ix_marketplace_payment_order_next", "state", "next_action_at"),
        Index("ix_marketplace_payment_order_department", "department_id", "id"),
        Index("ix_marketplace_payment_order_agency", "agency_id", "id"),
        Index("ix_marketplace_payment_order_contract", "contract_id"),
        Index("ix_marketplace_payment_order_milestone", "milestone_id"),
        Index("ix_marketplace_payment_order_claim", "claim_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    # What it pays: a milestone, or a retention by its line. As live_key while this order is live, else NULL there: one
    # live order for a claim, whatever happens.
    claim_id: Mapped[str] = mapped_column(String(32))
    live_key: Mapped[str | None] = mapped_column(String(32))
    milestone_id: Mapped[str] = mapped_column(String(32))
    contract_id: Mapped[str] = mapped_column(String(32))
    contract_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(400))
    department_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    encumbrance_id: Mapped[str] = mapped_column(String(32))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    gateway: Mapped[str] = mapped_column(String(32))
    payee_kind: Mapped[str | None] = mapped_column(String(24))
    payee_account: Mapped[str | None] = mapped_column(Text)  # encrypted
    payee_hint: Mapped[str | None] = mapped_column(String(24))
    payee_name: Mapped[str | None] = mapped_column(String(200))
    payee_bank: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[str | None] = mapped_column(Text)  # the frozen bytes, encrypted
    digest: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime] = mapped_column(Instant)  # statutory last moment in time
    daily_bp: Mapped[int] = mapped_column(Integer)  # interest a day when late, as the contract's rulebook has it
    late_rate_bp: Mapped[int | None] = mapped_column(Integer)  # or a year, as the contract agreed it
    prepared_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    held_from: Mapped[str | None] = mapped_column(String(16))
    held_for_dispute: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(400), default="")
    without_invoice: Mapped[str] = mapped_column(String(400), default="")  # why it is paid before its invoice
    replaces: Mapped[str | None] = mapped_column(ForeignKey("marketplace_payment_order.id"))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    next_action_at: Mapped[datetime | None] = mapped_column(Instant)
    next_what: Mapped[str] = mapped_column(String(8), default="send")
    sends: Mapped[int] = mapped_column(Integer, default=0)  # requests that may have left
    tries: Mapped[int] = mapped_column(Integer, default=0)  # exchanges that settled nothing
    resend_allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    attention: Mapped[bool] = mapped_column(Boolean, default=False)
    last_code: Mapped[str] = mapped_column(String(120), default="")
    provider_ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class PaymentAttempt(Base):
    """One exchange with a provider, written before the wire."""

    __tablename__ = "marketplace_payment_attempt"
    __table_args__ = (UniqueConstraint("order_id", "fence"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("marketplace_payment_order.id"))
    fence: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(120), default="")


class PaymentObservation(Base):
    """Every fact learnt about a number, as it came; nothing here is ever changed."""

    __tablename__ = "marketplace_payment_observation"
    __table_args__ = (Index("ix_marketplace_payment_observation_order", "order_id", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("marketplace_payment_order.id"))
    number: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    provider_ids: Mapped[dict[str, Any]] = mapped_column(JSON)
    code: Mapped[str] = mapped_column(String(120))
    occurred_at: Mapped[datetime | None] = mapped_column(Instant)
    raw: Mapped[str] = mapped_column(Text)  # encrypted
    sha256: Mapped[str] = mapped_column(String(64))  # of the raw bytes
    seen_at: Mapped[datetime] = mapped_column(Instant)


append_only(PaymentObservation.__table__)


class GatewayNotice(Base):
    """The inbox: a notice as it came, stored first and applied later; a forgery is kept as evidence."""

    __tablename__ = "marketplace_gateway_notice"
    __table_args__ = (
        UniqueConstraint("gateway", "notice_id"),
        Index("ix_marketplace_gateway_notice_state", "gateway", "state", "stored_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    notice_id: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(64))
    headers: Mapped[str] = mapped_column(Text, default="", server_default="")  # encrypted
    body: Mapped[str] = mapped_column(Text)  # encrypted
    state: Mapped[str] = mapped_column(String(16))
    stored_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)


class PaymentReceipt(Base):
    """回单: what proves a payment. On paper or as a file one person enters it and another confirms it.

    An official one comes from the provider itself. A file lies in the file store under its hash.
    """

    __tablename__ = "marketplace_payment_receipt"
    __table_args__ = (
        UniqueConstraint("order_id", "document"),
        CheckConstraint("entered_by <> confirmed_by", name="two_persons"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("marketplace_payment_order.id"))
    document: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(16))
    occurred_on: Mapped[date] = mapped_column(Date)
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    sha256: Mapped[str | None] = mapped_column(String(64))  # of the file as it came; NULL where there is only paper
    size: Mapped[int | None] = mapped_column(Integer)  # bytes
    media_type: Mapped[str] = mapped_column(String(40), default="", server_default="")


class ReceiptRequest(Base):
    """电子回单申请: one order's official receipt is asked for until it is there, or long enough."""

    __tablename__ = "marketplace_receipt_request"

    order_id: Mapped[str] = mapped_column(ForeignKey("marketplace_payment_order.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    ticket: Mapped[str] = mapped_column(String(120), default="")  # the provider's name for what it makes
    tries: Mapped[int] = mapped_column(Integer, default=0)
    last_code: Mapped[str] = mapped_column(String(120), default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ContractPayee(Base):
    """合同收款账户: where a contract pays to, fixed when it was signed; only both sides together change it."""

    __tablename__ = "marketplace_contract_payee"

    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    account: Mapped[str] = mapped_column(Text)  # encrypted
    account_hint: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(200))
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    document: Mapped[str] = mapped_column(String(120), default="")  # the supplement that changed it last
    fixed_at: Mapped[datetime] = mapped_column(Instant)


class PayeeChange(Base):
    """收款账户变更: the agency asks for another account of one contract, the department agrees or not."""

    __tablename__ = "marketplace_payee_change"
    __table_args__ = (UniqueConstraint("open_key"), CheckConstraint("asked_by <> decided_by", name="two_persons"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(String(32))  # the contract while it is undecided
    department_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), index=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    kind: Mapped[str] = mapped_column(String(24))
    account: Mapped[str] = mapped_column(Text)  # encrypted
    account_hint: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(200))
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    document: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(400), default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))


class Invoice(Base):
    """发票: taken in and checked, never issued here. A red one takes back the one it names."""

    __tablename__ = "marketplace_invoice"
    __table_args__ = (
        UniqueConstraint("code", "number"),
        UniqueConstraint("red_of"),
        CheckConstraint("net_fen + tax_fen = gross_fen", name="adds_up"),
        CheckConstraint("gross_fen > 0 AND net_fen > 0 AND tax_fen >= 0", name="amounts_positive"),
        Index("ix_marketplace_invoice_department", "department_id", "id"),
        Index("ix_marketplace_invoice_agency", "agency_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), default="")  # 发票代码; empty for a fully digital invoice
    number: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date] = mapped_column(Date)
    buyer_code: Mapped[str] = mapped_column(String(18))
    seller_code: Mapped[str] = mapped_column(String(18))
    net_fen: Mapped[int] = mapped_column(BigInteger)
    tax_fen: Mapped[int] = mapped_column(BigInteger)
    gross_fen: Mapped[int] = mapped_column(BigInteger)
    red_of: Mapped[str | None] = mapped_column(ForeignKey("marketplace_invoice.id"))
    milestone_id: Mapped[str] = mapped_column(ForeignKey("marketplace_milestone.id"), index=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"))
    department_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(400), default="")
    entered_at: Mapped[datetime] = mapped_column(Instant)
    entered_by: Mapped[str] = mapped_column(String(64))
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_by: Mapped[str | None] = mapped_column(String(64))


class PaymentLine(Base):
    """扣款行: what a payment leaves out, as retention (质保金), penalty (违约金) or disputed (争议款)."""

    __tablename__ = "marketplace_payment_line"
    __table_args__ = (
        UniqueConstraint("order_id", "origin_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("marketplace_payment_order.id"))
    origin_id: Mapped[str] = mapped_column(String(32))  # the first of its copies, which booked it
    kind: Mapped[str] = mapped_column(String(12))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(400))
    release_on: Mapped[date | None] = mapped_column(Date)  # retentions only
    booked: Mapped[bool] = mapped_column(Boolean, default=False)
