"""The first tables of every domain."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Tables in which the past does not change: the database itself refuses UPDATE and DELETE.
APPEND_ONLY = (
    "marketplace_catalogue_change",
    "marketplace_draw",
    "marketplace_draw_commitment",
    "marketplace_event",
    "marketplace_exclusion",
    "marketplace_grade",
    "marketplace_leaf",
    "marketplace_ledger_closed_year",
    "marketplace_ledger_posting",
    "marketplace_node",
    "marketplace_payment_observation",
    "marketplace_rule_snapshot",
    "marketplace_tree_head",
)


def upgrade() -> None:
    op.create_table(
        "marketplace_answered",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_marketplace_answered")),
    )
    op.create_table(
        "marketplace_calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_marketplace_calendar_day")),
    )
    op.create_table(
        "marketplace_catalogue_item",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("authority", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("qualification_mode", sa.String(length=16), nullable=False),
        sa.Column("qualifications", sa.JSON(), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("time_limit_workdays", sa.Integer(), nullable=False),
        sa.Column("price_mode", sa.String(length=16), nullable=False),
        sa.Column("parent_item", sa.String(length=200), nullable=False),
        sa.Column("kept_from", sa.Date(), nullable=False),
        sa.Column("unconfirmed", sa.Boolean(), nullable=False),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_marketplace_catalogue_item")),
    )
    with op.batch_alter_table("marketplace_catalogue_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_catalogue_item_authority"), ["authority"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_marketplace_catalogue_item_qualification_mode"), ["qualification_mode"], unique=False
        )

    op.create_table(
        "marketplace_counter",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marketplace_counter")),
    )
    op.create_table(
        "marketplace_deadline",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_deadline")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_marketplace_deadline_kind_subject")),
    )
    with op.batch_alter_table("marketplace_deadline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_deadline_done_at_due_at_id"), ["done_at", "due_at", "id"], unique=False
        )

    op.create_table(
        "marketplace_draw",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("pool_hash", sa.String(length=64), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_draw")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_draw_number")),
        sa.UniqueConstraint("tender_id", name=op.f("uq_marketplace_draw_tender_id")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_draw_commitment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("keeper", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("committed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_draw_commitment")),
        sa.UniqueConstraint("tender_id", "keeper", name=op.f("uq_marketplace_draw_commitment_tender_id_keeper")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=32), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_event")),
        info={"append_only": True},
    )
    with op.batch_alter_table("marketplace_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_event_leaf"), ["leaf"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_event_subject_id"), ["subject", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_event_type_id"), ["type", "id"], unique=False)

    op.create_table(
        "marketplace_gateway_notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_gateway_notice")),
        sa.UniqueConstraint("gateway", "notice_id", name=op.f("uq_marketplace_gateway_notice_gateway_notice_id")),
    )
    op.create_table(
        "marketplace_leaf",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_marketplace_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_marketplace_leaf_event_id")),
        info={"append_only": True},
    )
    with op.batch_alter_table("marketplace_leaf", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_leaf_hash"), ["hash"], unique=False)

    op.create_table(
        "marketplace_ledger_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=96), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("floor0", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.CheckConstraint("book IN ('budget', 'cash', 'control')", name=op.f("ck_marketplace_ledger_account_book")),
        sa.CheckConstraint("currency = 'CNY'", name=op.f("ck_marketplace_ledger_account_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_ledger_account")),
        sa.UniqueConstraint(
            "book",
            "kind",
            "owner",
            "fiscal_year",
            name=op.f("uq_marketplace_ledger_account_book_kind_owner_fiscal_year"),
        ),
    )
    with op.batch_alter_table("marketplace_ledger_account", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_ledger_account_root_kind", ["root", "kind"], unique=False)

    op.create_table(
        "marketplace_ledger_closed_year",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("book", "fiscal_year", name=op.f("pk_marketplace_ledger_closed_year")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_login",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("password_changed_at", Instant(), nullable=False),
        sa.Column("locked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_login")),
        sa.UniqueConstraint("username", name=op.f("uq_marketplace_login_username")),
    )
    op.create_table(
        "marketplace_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_message")),
    )
    with op.batch_alter_table("marketplace_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_message_done_at_due_at_id"), ["done_at", "due_at", "id"], unique=False
        )

    op.create_table(
        "marketplace_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_marketplace_node")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_organisation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_organisation")),
        sa.UniqueConstraint("uscc", "kind", name=op.f("uq_marketplace_organisation_uscc_kind")),
    )
    with op.batch_alter_table("marketplace_organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_organisation_kind_id"), ["kind", "id"], unique=False)

    op.create_table(
        "marketplace_rule_set",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(length=6), nullable=True),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_rule_set")),
        sa.UniqueConstraint("region", "valid_from", name=op.f("uq_marketplace_rule_set_region_valid_from")),
        sa.UniqueConstraint("region", "version", name=op.f("uq_marketplace_rule_set_region_version")),
    )
    with op.batch_alter_table("marketplace_rule_set", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_rule_set_region"), ["region"], unique=False)

    op.create_table(
        "marketplace_rule_snapshot",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_rule_snapshot")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_sign_in_brake",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_marketplace_sign_in_brake")),
    )
    op.create_table(
        "marketplace_tree_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_marketplace_tree_head")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_unsealed",
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("held_for", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_marketplace_unsealed")),
    )
    with op.batch_alter_table("marketplace_unsealed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_unsealed_held_for"), ["held_for"], unique=False)

    op.create_table(
        "marketplace_agency",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("entity_type", sa.String(length=24), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("legal_representative", sa.String(length=60), nullable=False),
        sa.Column("contact", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("commitments", sa.JSON(), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("score_points", sa.Integer(), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("barred_until", Instant(), nullable=True),
        sa.Column("check_due_at", Instant(), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("check_note", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_agency")),
        sa.UniqueConstraint("uscc", name=op.f("uq_marketplace_agency_uscc")),
    )
    with op.batch_alter_table("marketplace_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_agency_region"), ["region"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_agency_standing_id"), ["standing", "id"], unique=False)

    op.create_table(
        "marketplace_budget_line",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("department_id", sa.String(length=32), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("function_code", sa.String(length=7), nullable=False),
        sa.Column("economic_code", sa.String(length=5), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("document", sa.String(length=80), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("source IN ('treasury', 'own')", name=op.f("ck_marketplace_budget_line_source")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_budget_line_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_budget_line")),
        sa.UniqueConstraint(
            "department_id",
            "fiscal_year",
            "name",
            name=op.f("uq_marketplace_budget_line_department_id_fiscal_year_name"),
        ),
    )
    op.create_table(
        "marketplace_buyer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=100), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=False),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("amended_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_buyer")),
    )
    with op.batch_alter_table("marketplace_buyer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_buyer_kind_id"), ["kind", "id"], unique=False)

    op.create_table(
        "marketplace_catalogue_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_code", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_code"], ["marketplace_catalogue_item.code"], name=op.f("fk_marketplace_catalogue_change_item_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_catalogue_change")),
        sa.UniqueConstraint("item_code", "version", name=op.f("uq_marketplace_catalogue_change_item_code_version")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_ledger_balance",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("floor0", sa.Boolean(), nullable=False),
        sa.Column("debits_fen", sa.BigInteger(), nullable=False),
        sa.Column("credits_fen", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "credits_fen - debits_fen >= 0 OR NOT floor0", name=op.f("ck_marketplace_ledger_balance_floor0")
        ),
        sa.CheckConstraint("debits_fen >= 0 AND credits_fen >= 0", name=op.f("ck_marketplace_ledger_balance_counters")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_ledger_account.id"], name=op.f("fk_marketplace_ledger_balance_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_marketplace_ledger_balance")),
    )
    op.create_table(
        "marketplace_ledger_posting",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("debit_id", sa.String(length=32), nullable=False),
        sa.Column("credit_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("reverses", sa.String(length=160), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_marketplace_ledger_posting_amount_positive")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_marketplace_ledger_posting_two_sides")),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["marketplace_ledger_account.id"], name=op.f("fk_marketplace_ledger_posting_credit_id")
        ),
        sa.ForeignKeyConstraint(
            ["debit_id"], ["marketplace_ledger_account.id"], name=op.f("fk_marketplace_ledger_posting_debit_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses"], ["marketplace_ledger_posting.id"], name=op.f("fk_marketplace_ledger_posting_reverses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_ledger_posting")),
        sa.UniqueConstraint("reverses", name=op.f("uq_marketplace_ledger_posting_reverses")),
        info={"append_only": True},
    )
    with op.batch_alter_table("marketplace_ledger_posting", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_ledger_posting_credit", ["credit_id", "created_at"], unique=False)
        batch_op.create_index("ix_marketplace_ledger_posting_debit", ["debit_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_ledger_posting_reference"), ["reference"], unique=False)

    op.create_table(
        "marketplace_membership",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("granted_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["marketplace_login.id"], name=op.f("fk_marketplace_membership_login_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_membership_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_membership")),
        sa.UniqueConstraint(
            "login_id", "organisation_id", "role", name=op.f("uq_marketplace_membership_login_id_organisation_id_role")
        ),
    )
    with op.batch_alter_table("marketplace_membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_membership_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "marketplace_payee_details",
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_hint", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("bank_name", sa.String(length=120), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_payee_details_agency_id")
        ),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_marketplace_payee_details")),
    )
    op.create_table(
        "marketplace_payment_order",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("live_key", sa.String(length=32), nullable=True),
        sa.Column("milestone_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("contract_number", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("department_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("encumbrance_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("payee_kind", sa.String(length=24), nullable=True),
        sa.Column("payee_account", sa.Text(), nullable=True),
        sa.Column("payee_hint", sa.String(length=24), nullable=True),
        sa.Column("payee_name", sa.String(length=200), nullable=True),
        sa.Column("payee_bank", sa.String(length=120), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("daily_bp", sa.Integer(), nullable=False),
        sa.Column("prepared_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=True),
        sa.Column("made_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("held_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("next_action_at", Instant(), nullable=True),
        sa.Column("next_what", sa.String(length=8), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("resend_allowed", sa.Boolean(), nullable=False),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("last_code", sa.String(length=120), nullable=False),
        sa.Column("provider_ids", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'sending', 'accepted', 'unknown', 'paid', 'returned') OR payload IS NOT NULL",
            name=op.f("ck_marketplace_payment_order_frozen"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_marketplace_payment_order_amount_positive")),
        sa.CheckConstraint("made_by <> approved_by", name=op.f("ck_marketplace_payment_order_two_persons")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_payment_order_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_payment_order_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["marketplace_payment_order.id"], name=op.f("fk_marketplace_payment_order_replaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_payment_order")),
        sa.UniqueConstraint("live_key", name=op.f("uq_marketplace_payment_order_live_key")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_payment_order_number")),
    )
    with op.batch_alter_table("marketplace_payment_order", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_payment_order_agency", ["agency_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_payment_order_contract", ["contract_id"], unique=False)
        batch_op.create_index("ix_marketplace_payment_order_department", ["department_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_payment_order_milestone", ["milestone_id"], unique=False)
        batch_op.create_index("ix_marketplace_payment_order_next", ["state", "next_action_at"], unique=False)

    op.create_table(
        "marketplace_rule_period",
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("snapshot_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["marketplace_rule_snapshot.id"], name=op.f("fk_marketplace_rule_period_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("region", "starts_at", name=op.f("pk_marketplace_rule_period")),
    )
    op.create_table(
        "marketplace_sign_in",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["marketplace_login.id"], name=op.f("fk_marketplace_sign_in_login_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_sign_in_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_marketplace_sign_in_token_hash")),
    )
    with op.batch_alter_table("marketplace_sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_sign_in_login_id"), ["login_id"], unique=False)

    op.create_table(
        "marketplace_tender",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("item_code", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("project_code", sa.String(length=40), nullable=True),
        sa.Column("fund_source", sa.String(length=8), nullable=False),
        sa.Column("government_commissioned", sa.Boolean(), nullable=False),
        sa.Column("payer", sa.String(length=12), nullable=False),
        sa.Column("budget_line_id", sa.String(length=32), nullable=True),
        sa.Column("encumbrance_id", sa.String(length=32), nullable=True),
        sa.Column("ceiling_fen", sa.BigInteger(), nullable=False),
        sa.Column("fixed_price_fen", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("direct_agency_id", sa.String(length=32), nullable=True),
        sa.Column("direct_reason", sa.Text(), nullable=False),
        sa.Column("service_workdays", sa.Integer(), nullable=False),
        sa.Column("avoidances", sa.JSON(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("urgent_reason", sa.Text(), nullable=False),
        sa.Column("screening", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.Column("envelope_key", sa.String(length=64), nullable=True),
        sa.Column("opening_key", sa.Text(), nullable=True),
        sa.CheckConstraint("ceiling_fen > 0", name=op.f("ck_marketplace_tender_ceiling_positive")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_tender_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_tender")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_tender_number")),
    )
    with op.batch_alter_table("marketplace_tender", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_tender_buyer", ["buyer_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_tender_item", ["item_code", "published_at", "id"], unique=False)
        batch_op.create_index("ix_marketplace_tender_published", ["published_at", "id"], unique=False)
        batch_op.create_index("ix_marketplace_tender_stage", ["stage", "published_at", "id"], unique=False)

    op.create_table(
        "marketplace_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["marketplace_login.id"], name=op.f("fk_marketplace_token_login_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_token_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_marketplace_token_secret_hash")),
    )
    with op.batch_alter_table("marketplace_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_token_login_id"), ["login_id"], unique=False)

    op.create_table(
        "marketplace_appeal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("overdue_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_appeal_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_appeal")),
        sa.UniqueConstraint("subject", "subject_id", name=op.f("uq_marketplace_appeal_subject_subject_id")),
    )
    with op.batch_alter_table("marketplace_appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_appeal_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_marketplace_appeal_status_due_at_id"), ["status", "due_at", "id"], unique=False
        )

    op.create_table(
        "marketplace_bid",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("bidder_index", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_bid_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_bid")),
        sa.UniqueConstraint("tender_id", "bidder_index", name=op.f("uq_marketplace_bid_tender_id_bidder_index")),
    )
    op.create_table(
        "marketplace_buyer_delegate",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("authorisation", sa.String(length=200), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_buyer.id"], name=op.f("fk_marketplace_buyer_delegate_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["login_id"], ["marketplace_login.id"], name=op.f("fk_marketplace_buyer_delegate_login_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_buyer_delegate")),
    )
    with op.batch_alter_table("marketplace_buyer_delegate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_buyer_delegate_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "marketplace_complaint",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("about_kind", sa.String(length=12), nullable=False),
        sa.Column("about_id", sa.String(length=32), nullable=False),
        sa.Column("about_number", sa.String(length=40), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=True),
        sa.Column("item_code", sa.String(length=32), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("complainant_sealed", sa.Text(), nullable=False),
        sa.Column("by_organisation_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.Column("filed_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("deciding_body", sa.String(length=120), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_complaint_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_organisation_id"],
            ["marketplace_organisation.id"],
            name=op.f("fk_marketplace_complaint_by_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_complaint_number")),
    )
    with op.batch_alter_table("marketplace_complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_complaint_about_id"), ["about_id"], unique=False)
        batch_op.create_index("ix_marketplace_complaint_queue", ["state", "due_at", "id"], unique=False)

    op.create_table(
        "marketplace_encumbrance",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=96), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["marketplace_budget_line.id"], name=op.f("fk_marketplace_encumbrance_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_encumbrance")),
        sa.UniqueConstraint("line_id", "reference", name=op.f("uq_marketplace_encumbrance_line_id_reference")),
    )
    with op.batch_alter_table("marketplace_encumbrance", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_encumbrance_reference", ["reference"], unique=False)

    op.create_table(
        "marketplace_exit_case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("finding_ids", sa.JSON(), nullable=False),
        sa.Column("consequence", sa.String(length=8), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("reach", sa.String(length=32), nullable=False),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("defence_due", Instant(), nullable=False),
        sa.Column("decide_due", Instant(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("defence", sa.Text(), nullable=False),
        sa.Column("defended_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("deciding_body", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_exit_case_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_exit_case")),
        sa.UniqueConstraint("agency_id", "rule", "basis", name=op.f("uq_marketplace_exit_case_agency_id_rule_basis")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_exit_case_number")),
    )
    with op.batch_alter_table("marketplace_exit_case", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_exit_case_queue", ["state", "defence_due", "id"], unique=False)

    op.create_table(
        "marketplace_grade",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_grade_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_grade")),
        sa.UniqueConstraint("agency_id", "seq", name=op.f("uq_marketplace_grade_agency_id_seq")),
        info={"append_only": True},
    )
    op.create_table(
        "marketplace_payment_attempt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["marketplace_payment_order.id"], name=op.f("fk_marketplace_payment_attempt_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_payment_attempt")),
        sa.UniqueConstraint("order_id", "fence", name=op.f("uq_marketplace_payment_attempt_order_id_fence")),
    )
    op.create_table(
        "marketplace_payment_observation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("provider_ids", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["marketplace_payment_order.id"], name=op.f("fk_marketplace_payment_observation_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_payment_observation")),
        info={"append_only": True},
    )
    with op.batch_alter_table("marketplace_payment_observation", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_payment_observation_order", ["order_id", "id"], unique=False)

    op.create_table(
        "marketplace_payment_receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("document", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.CheckConstraint("entered_by <> confirmed_by", name=op.f("ck_marketplace_payment_receipt_two_persons")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["marketplace_payment_order.id"], name=op.f("fk_marketplace_payment_receipt_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_payment_receipt")),
        sa.UniqueConstraint("order_id", "document", name=op.f("uq_marketplace_payment_receipt_order_id_document")),
    )
    op.create_table(
        "marketplace_practitioner",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("id_index", sa.String(length=64), nullable=False),
        sa.Column("id_sealed", sa.Text(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("listed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_practitioner_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_practitioner")),
        sa.UniqueConstraint("agency_id", "id_index", name=op.f("uq_marketplace_practitioner_agency_id_id_index")),
    )
    op.create_table(
        "marketplace_qualification",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("item_code", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("renews_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_qualification_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["renews_id"], ["marketplace_qualification.id"], name=op.f("fk_marketplace_qualification_renews_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_qualification")),
        sa.UniqueConstraint("renews_id", name=op.f("uq_marketplace_qualification_renews_id")),
    )
    with op.batch_alter_table("marketplace_qualification", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_qualification_agency_id_item_code"), ["agency_id", "item_code"], unique=False
        )

    op.create_table(
        "marketplace_score_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("appeal_due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_score_entry_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_score_entry")),
        sa.UniqueConstraint(
            "agency_id", "kind", "reference", name=op.f("uq_marketplace_score_entry_agency_id_kind_reference")
        ),
    )
    with op.batch_alter_table("marketplace_score_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_score_entry_agency_id_id"), ["agency_id", "id"], unique=False)

    op.create_table(
        "marketplace_service_scope",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("item_code", sa.String(length=32), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_service_scope_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_service_scope")),
        sa.UniqueConstraint("agency_id", "item_code", name=op.f("uq_marketplace_service_scope_agency_id_item_code")),
    )
    with op.batch_alter_table("marketplace_service_scope", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_service_scope_item_code"), ["item_code"], unique=False)

    op.create_table(
        "marketplace_suspension",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("reach", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_suspension_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_suspension")),
    )
    with op.batch_alter_table("marketplace_suspension", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_suspension_agency_id_lifted_at"), ["agency_id", "lifted_at"], unique=False
        )

    op.create_table(
        "marketplace_tender_word",
        sa.Column("gram", sa.String(length=4), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_tender_word_tender_id")
        ),
        sa.PrimaryKeyConstraint("gram", "tender_id", name=op.f("pk_marketplace_tender_word")),
    )
    op.create_table(
        "marketplace_finding",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("item_code", sa.String(length=32), nullable=True),
        sa.Column("complaint_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("deciding_body", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_finding_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["marketplace_complaint.id"], name=op.f("fk_marketplace_finding_complaint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_finding")),
        sa.UniqueConstraint(
            "agency_id", "kind", "reference", name=op.f("uq_marketplace_finding_agency_id_kind_reference")
        ),
    )
    op.create_table(
        "marketplace_offer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("bid_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=True),
        sa.Column("agency_name", sa.String(length=120), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("lead", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_offer_agency_id")),
        sa.ForeignKeyConstraint(["bid_id"], ["marketplace_bid.id"], name=op.f("fk_marketplace_offer_bid_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_offer_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_offer")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_marketplace_offer_bid_id")),
    )
    with op.batch_alter_table("marketplace_offer", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_offer_agency", ["agency_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_offer_tender_id"), ["tender_id"], unique=False)

    op.create_table(
        "marketplace_sanction",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("reach", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deciding_body", sa.String(length=120), nullable=False),
        sa.Column("suspension_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_marketplace_sanction_term")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_sanction_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["marketplace_exit_case.id"], name=op.f("fk_marketplace_sanction_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_sanction")),
        sa.UniqueConstraint("case_id", name=op.f("uq_marketplace_sanction_case_id")),
    )
    with op.batch_alter_table("marketplace_sanction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_sanction_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index("ix_marketplace_sanction_list", ["state", "starts_at", "id"], unique=False)

    op.create_table(
        "marketplace_award",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("offer_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("awarded_at", Instant(), nullable=False),
        sa.Column("publicity_ends_at", Instant(), nullable=False),
        sa.Column("confirm_due_at", Instant(), nullable=True),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("sign_due_at", Instant(), nullable=True),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.Column("check_code", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_award_agency_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["marketplace_offer.id"], name=op.f("fk_marketplace_award_offer_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_award_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_award")),
        sa.UniqueConstraint("check_code", name=op.f("uq_marketplace_award_check_code")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_marketplace_award_offer_id")),
        sa.UniqueConstraint("tender_id", "live", name=op.f("uq_marketplace_award_tender_id_live")),
    )
    with op.batch_alter_table("marketplace_award", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_award_agency", ["agency_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_award_awarded", ["awarded_at", "id"], unique=False)

    op.create_table(
        "marketplace_exclusion",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("offer_id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("excluded_by", sa.String(length=64), nullable=False),
        sa.Column("excluded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["marketplace_offer.id"], name=op.f("fk_marketplace_exclusion_offer_id")),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_exclusion_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_exclusion")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_marketplace_exclusion_offer_id")),
        info={"append_only": True},
    )
    with op.batch_alter_table("marketplace_exclusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_exclusion_tender_id"), ["tender_id"], unique=False)

    op.create_table(
        "marketplace_contract",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("award_id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("tender_number", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("item_code", sa.String(length=32), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.Column("buyer_confirmed_at", Instant(), nullable=True),
        sa.Column("agency_confirmed_at", Instant(), nullable=True),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("returned_by", sa.String(length=8), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("review_due_at", Instant(), nullable=True),
        sa.Column("end_asked_by", sa.String(length=8), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("encumbrance_id", sa.String(length=32), nullable=True),
        sa.Column("ruleset_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_marketplace_contract_amount_positive")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_contract_agency_id")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["marketplace_award.id"], name=op.f("fk_marketplace_contract_award_id")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_contract_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["encumbrance_id"], ["marketplace_encumbrance.id"], name=op.f("fk_marketplace_contract_encumbrance_id")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_contract_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_contract")),
        sa.UniqueConstraint("award_id", name=op.f("uq_marketplace_contract_award_id")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_contract_number")),
    )
    with op.batch_alter_table("marketplace_contract", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_contract_agency", ["agency_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_contract_buyer", ["buyer_id", "id"], unique=False)
        batch_op.create_index("ix_marketplace_contract_status", ["status", "id"], unique=False)

    op.create_table(
        "marketplace_objection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("award_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("filed_at", Instant(), nullable=False),
        sa.Column("reply_due_at", Instant(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_objection_agency_id")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["marketplace_award.id"], name=op.f("fk_marketplace_objection_award_id")),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_objection_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_objection")),
        sa.UniqueConstraint("award_id", "agency_id", name=op.f("uq_marketplace_objection_award_id_agency_id")),
    )
    with op.batch_alter_table("marketplace_objection", schema=None) as batch_op:
        batch_op.create_index("ix_marketplace_objection_status", ["status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_objection_tender_id"), ["tender_id"], unique=False)

    op.create_table(
        "marketplace_signing_delay",
        sa.Column("award_id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("tender_number", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_signing_delay_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["award_id"], ["marketplace_award.id"], name=op.f("fk_marketplace_signing_delay_award_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_signing_delay_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_signing_delay_tender_id")
        ),
        sa.PrimaryKeyConstraint("award_id", name=op.f("pk_marketplace_signing_delay")),
    )
    with op.batch_alter_table("marketplace_signing_delay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_signing_delay_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_signing_delay_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "marketplace_milestone",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.Column("late_since", Instant(), nullable=True),
        sa.Column("returned_count", sa.Integer(), nullable=False),
        sa.Column("acceptance_due_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("accepted_by_clock", sa.Boolean(), nullable=False),
        sa.Column("payment_due_at", Instant(), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_marketplace_milestone_amount_not_negative")),
        sa.CheckConstraint(
            "share_bp > 0 AND share_bp <= 10000", name=op.f("ck_marketplace_milestone_share_within_whole")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["marketplace_contract.id"], name=op.f("fk_marketplace_milestone_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_milestone")),
        sa.UniqueConstraint("contract_id", "seq", name=op.f("uq_marketplace_milestone_contract_id_seq")),
    )
    op.create_table(
        "marketplace_review",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("attitude", sa.Integer(), nullable=False),
        sa.Column("charge", sa.Integer(), nullable=False),
        sa.Column("conformity", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("appeal_due_at", Instant(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", Instant(), nullable=True),
        sa.Column("reply_due_at", Instant(), nullable=False),
        sa.Column("blocked_reason", sa.String(length=32), nullable=True),
        sa.Column("blocked_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "quality >= 1 AND time >= 1 AND attitude >= 1 AND charge >= 1 AND conformity >= 1",
            name=op.f("ck_marketplace_review_marks_positive"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_review_agency_id")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_review_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["marketplace_contract.id"], name=op.f("fk_marketplace_review_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_review")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_marketplace_review_contract_id")),
    )
    with op.batch_alter_table("marketplace_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_review_agency_id_id"), ["agency_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_review_buyer_id_id"), ["buyer_id", "id"], unique=False)

    op.create_table(
        "marketplace_review_silence",
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_agency.id"], name=op.f("fk_marketplace_review_silence_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_review_silence_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["marketplace_contract.id"], name=op.f("fk_marketplace_review_silence_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_marketplace_review_silence")),
    )
    with op.batch_alter_table("marketplace_review_silence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_review_silence_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_marketplace_review_silence_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "marketplace_deliverable",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("milestone_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stored_name", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["marketplace_contract.id"], name=op.f("fk_marketplace_deliverable_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["marketplace_milestone.id"], name=op.f("fk_marketplace_deliverable_milestone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_deliverable")),
        sa.UniqueConstraint("milestone_id", "version", name=op.f("uq_marketplace_deliverable_milestone_id_version")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_marketplace_deliverable_stored_name")),
    )
    with op.batch_alter_table("marketplace_deliverable", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marketplace_deliverable_contract_id"), ["contract_id"], unique=False)

    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in append_only_statements(table, dialect):
            op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    with op.batch_alter_table("marketplace_deliverable", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_deliverable_contract_id"))

    op.drop_table("marketplace_deliverable")
    with op.batch_alter_table("marketplace_review_silence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_review_silence_buyer_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_review_silence_agency_id"))

    op.drop_table("marketplace_review_silence")
    with op.batch_alter_table("marketplace_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_review_buyer_id_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_review_agency_id_id"))

    op.drop_table("marketplace_review")
    op.drop_table("marketplace_milestone")
    with op.batch_alter_table("marketplace_signing_delay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_signing_delay_buyer_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_signing_delay_agency_id"))

    op.drop_table("marketplace_signing_delay")
    with op.batch_alter_table("marketplace_objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_objection_tender_id"))
        batch_op.drop_index("ix_marketplace_objection_status")

    op.drop_table("marketplace_objection")
    with op.batch_alter_table("marketplace_contract", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_contract_status")
        batch_op.drop_index("ix_marketplace_contract_buyer")
        batch_op.drop_index("ix_marketplace_contract_agency")

    op.drop_table("marketplace_contract")
    with op.batch_alter_table("marketplace_exclusion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_exclusion_tender_id"))

    op.drop_table("marketplace_exclusion")
    with op.batch_alter_table("marketplace_award", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_award_awarded")
        batch_op.drop_index("ix_marketplace_award_agency")

    op.drop_table("marketplace_award")
    with op.batch_alter_table("marketplace_sanction", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_sanction_list")
        batch_op.drop_index(batch_op.f("ix_marketplace_sanction_agency_id"))

    op.drop_table("marketplace_sanction")
    with op.batch_alter_table("marketplace_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_offer_tender_id"))
        batch_op.drop_index("ix_marketplace_offer_agency")

    op.drop_table("marketplace_offer")
    op.drop_table("marketplace_finding")
    op.drop_table("marketplace_tender_word")
    with op.batch_alter_table("marketplace_suspension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_suspension_agency_id_lifted_at"))

    op.drop_table("marketplace_suspension")
    with op.batch_alter_table("marketplace_service_scope", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_service_scope_item_code"))

    op.drop_table("marketplace_service_scope")
    with op.batch_alter_table("marketplace_score_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_score_entry_agency_id_id"))

    op.drop_table("marketplace_score_entry")
    with op.batch_alter_table("marketplace_qualification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_qualification_agency_id_item_code"))

    op.drop_table("marketplace_qualification")
    op.drop_table("marketplace_practitioner")
    op.drop_table("marketplace_payment_receipt")
    with op.batch_alter_table("marketplace_payment_observation", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_payment_observation_order")

    op.drop_table("marketplace_payment_observation")
    op.drop_table("marketplace_payment_attempt")
    op.drop_table("marketplace_grade")
    with op.batch_alter_table("marketplace_exit_case", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_exit_case_queue")

    op.drop_table("marketplace_exit_case")
    with op.batch_alter_table("marketplace_encumbrance", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_encumbrance_reference")

    op.drop_table("marketplace_encumbrance")
    with op.batch_alter_table("marketplace_complaint", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_complaint_queue")
        batch_op.drop_index(batch_op.f("ix_marketplace_complaint_about_id"))

    op.drop_table("marketplace_complaint")
    with op.batch_alter_table("marketplace_buyer_delegate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_buyer_delegate_buyer_id"))

    op.drop_table("marketplace_buyer_delegate")
    op.drop_table("marketplace_bid")
    with op.batch_alter_table("marketplace_appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_appeal_status_due_at_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_appeal_agency_id"))

    op.drop_table("marketplace_appeal")
    with op.batch_alter_table("marketplace_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_token_login_id"))

    op.drop_table("marketplace_token")
    with op.batch_alter_table("marketplace_tender", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_tender_stage")
        batch_op.drop_index("ix_marketplace_tender_published")
        batch_op.drop_index("ix_marketplace_tender_item")
        batch_op.drop_index("ix_marketplace_tender_buyer")

    op.drop_table("marketplace_tender")
    with op.batch_alter_table("marketplace_sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_sign_in_login_id"))

    op.drop_table("marketplace_sign_in")
    op.drop_table("marketplace_rule_period")
    with op.batch_alter_table("marketplace_payment_order", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_payment_order_next")
        batch_op.drop_index("ix_marketplace_payment_order_milestone")
        batch_op.drop_index("ix_marketplace_payment_order_department")
        batch_op.drop_index("ix_marketplace_payment_order_contract")
        batch_op.drop_index("ix_marketplace_payment_order_agency")

    op.drop_table("marketplace_payment_order")
    op.drop_table("marketplace_payee_details")
    with op.batch_alter_table("marketplace_membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_membership_organisation_id"))

    op.drop_table("marketplace_membership")
    with op.batch_alter_table("marketplace_ledger_posting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_ledger_posting_reference"))
        batch_op.drop_index("ix_marketplace_ledger_posting_debit")
        batch_op.drop_index("ix_marketplace_ledger_posting_credit")

    op.drop_table("marketplace_ledger_posting")
    op.drop_table("marketplace_ledger_balance")
    op.drop_table("marketplace_catalogue_change")
    with op.batch_alter_table("marketplace_buyer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_buyer_kind_id"))

    op.drop_table("marketplace_buyer")
    op.drop_table("marketplace_budget_line")
    with op.batch_alter_table("marketplace_agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_agency_standing_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_agency_region"))

    op.drop_table("marketplace_agency")
    with op.batch_alter_table("marketplace_unsealed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_unsealed_held_for"))

    op.drop_table("marketplace_unsealed")
    op.drop_table("marketplace_tree_head")
    op.drop_table("marketplace_sign_in_brake")
    op.drop_table("marketplace_rule_snapshot")
    with op.batch_alter_table("marketplace_rule_set", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_rule_set_region"))

    op.drop_table("marketplace_rule_set")
    with op.batch_alter_table("marketplace_organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_organisation_kind_id"))

    op.drop_table("marketplace_organisation")
    op.drop_table("marketplace_node")
    with op.batch_alter_table("marketplace_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_message_done_at_due_at_id"))

    op.drop_table("marketplace_message")
    op.drop_table("marketplace_login")
    op.drop_table("marketplace_ledger_closed_year")
    with op.batch_alter_table("marketplace_ledger_account", schema=None) as batch_op:
        batch_op.drop_index("ix_marketplace_ledger_account_root_kind")

    op.drop_table("marketplace_ledger_account")
    with op.batch_alter_table("marketplace_leaf", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_leaf_hash"))

    op.drop_table("marketplace_leaf")
    op.drop_table("marketplace_gateway_notice")
    with op.batch_alter_table("marketplace_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_event_type_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_event_subject_id"))
        batch_op.drop_index(batch_op.f("ix_marketplace_event_leaf"))

    op.drop_table("marketplace_event")
    op.drop_table("marketplace_draw_commitment")
    op.drop_table("marketplace_draw")
    with op.batch_alter_table("marketplace_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_deadline_done_at_due_at_id"))

    op.drop_table("marketplace_deadline")
    op.drop_table("marketplace_counter")
    with op.batch_alter_table("marketplace_catalogue_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketplace_catalogue_item_qualification_mode"))
        batch_op.drop_index(batch_op.f("ix_marketplace_catalogue_item_authority"))

    op.drop_table("marketplace_catalogue_item")
    op.drop_table("marketplace_calendar_day")
    op.drop_table("marketplace_answered")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS marketplace_append_only()")
