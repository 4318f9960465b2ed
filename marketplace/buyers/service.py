"""The verbs of buyers: register by commitment, amend, delegate."""

from datetime import date

from marketplace.buyers import events, queries, rules
from marketplace.buyers.errors import BuyerNotFound, DelegateExists, DelegateNotFound
from marketplace.buyers.models import Buyer, Delegate
from marketplace.identity import queries as organisations
from marketplace.identity import service as identity
from marketplace.identity.rules import check_name
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx

LAPSE = "buyer.delegate_lapses"


def register(
    ctx: Ctx,
    *,
    kind: str,
    name: str,
    uscc: str,
    region: str,
    contact: str,
    phone: str,
    address: str = "",
    committed: bool = True,
    username: str = "",
    password: str = "",
) -> Buyer:
    """Enter an enterprise by commitment, in at once; or set up a department, for which the operator's right is needed.

    username and password make a first login for the contact person. Raises with its field: UsccInvalid, NameInvalid,
    RegionInvalid, OrganisationExists, BuyerPhoneInvalid, BuyerDetailMissing, BuyerCommitmentMissing, and the login's.
    """
    if rules.check_kind(kind) == "department":
        ctx.require("organisation.create")
    rules.check_commitment(kind, committed=committed)
    contact = check_name(rules.check_detail(contact, field="contact"), field="contact")
    phone = rules.canonical_phone(phone)
    organisation = identity.create_organisation(ctx, kind=kind, name=name, uscc=uscc, region=region)
    row = _enter(ctx, organisation.id, contact=contact, phone=phone, address=address)
    if username:
        _admit(ctx, row, name=contact, username=username, password=password)
    return row


def _enter(ctx: Ctx, organisation_id: str, *, contact: str, phone: str, address: str) -> Buyer:
    organisation = organisations.organisation(ctx, organisation_id)
    row = Buyer(
        id=organisation.id,
        kind=organisation.kind,
        name=organisation.name,
        uscc=organisation.uscc,
        region=organisation.region,
        address=" ".join(address.split()),
        contact=contact,
        phone_sealed=ctx.keys.encrypt(phone.encode()),
        registered_at=ctx.now,
        amended_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.BuyerRegistered(f"buyer/{row.id}", row.kind, row.name, row.uscc, row.region))
    return row


def amend(ctx: Ctx, buyer_id: str, *, name: str, region: str, contact: str, phone: str, address: str = "") -> Buyer:
    """Change a buyer's own details; the code stays. Raises BuyerNotFound for somebody else's, else as `register`."""
    row = _own(ctx, buyer_id)
    contact = check_name(rules.check_detail(contact, field="contact"), field="contact")
    phone = rules.canonical_phone(phone)
    organisation = identity.amend_organisation(ctx, row.id, name=name, region=region)
    row.name, row.region = organisation.name, organisation.region
    row.contact, row.address = contact, " ".join(address.split())
    row.phone_sealed, row.amended_at = ctx.keys.encrypt(phone.encode()), ctx.now
    ctx.session.flush()
    ctx.record(events.BuyerAmended(f"buyer/{row.id}", row.name, row.region))
    return row


def add_delegate(
    ctx: Ctx,
    buyer_id: str,
    *,
    name: str,
    authorisation: str,
    valid_until: date,
    username: str = "",
    password: str = "",
) -> Delegate:
    """Delegate a person until the end of a day in Shanghai, with a login of their own when a user name is given.

    authorisation: number and matter of the letter of authorisation. Raises BuyerNotFound for somebody else's buyer,
    BuyerDetailMissing, DelegateTermInvalid, DelegateExists, and the login's refusals.
    """
    row = _own(ctx, buyer_id)
    name = check_name(rules.check_detail(name, field="name"))
    authorisation = rules.check_detail(authorisation, field="authorisation")
    rules.check_term(valid_until, shanghai_date(ctx.now))
    if any(other.name == name for other in queries.acting_delegates(ctx, row.id)):
        raise DelegateExists(field="name")
    made = Delegate(id=ctx.new_id(), buyer_id=row.id, name=name, authorisation=authorisation, valid_until=valid_until)
    made.added_at = ctx.now
    if username:
        made.login_id = _admit(ctx, row, name=name, username=username, password=password)
    ctx.session.add(made)
    ctx.session.flush()
    ctx.promise(LAPSE, made.id, rules.term_ends(valid_until))
    ctx.record(events.DelegateAdded(f"buyer/{row.id}", delegate_id=made.id, valid_until=valid_until.isoformat()))
    return made


def end_delegate(ctx: Ctx, buyer_id: str, delegate_id: str) -> Delegate:
    """End a delegation before its day. Raises BuyerNotFound, DelegateNotFound (also when it is already over)."""
    made = queries.delegate(ctx, _own(ctx, buyer_id).id, delegate_id)
    if made.ended_at is not None:
        raise DelegateNotFound
    ctx.release(LAPSE, made.id)
    _end(ctx, made, lapsed=False)
    return made


def lapse_delegate(ctx: Ctx, delegate_id: str) -> None:
    """End a delegation whose day has passed; nothing happens when it has ended or still runs."""
    made = ctx.session.get(Delegate, delegate_id)
    if made is not None and made.ended_at is None and not rules.acts(made.valid_until, None, ctx.now):
        _end(ctx, made, lapsed=True)


def _end(ctx: Ctx, made: Delegate, *, lapsed: bool) -> None:
    made.ended_at = ctx.now
    ctx.session.flush()
    role = rules.ROLE_OF_KIND[queries.buyer(ctx, made.buyer_id).kind]
    if made.login_id is not None and role in queries.roles(ctx, made.login_id, made.buyer_id):
        identity.revoke(ctx, login_id=made.login_id, organisation_id=made.buyer_id, role=role)
    ctx.record(events.DelegateEnded(f"buyer/{made.buyer_id}", delegate_id=made.id, lapsed=lapsed))


def _admit(ctx: Ctx, row: Buyer, *, name: str, username: str, password: str) -> str:
    login = identity.create_login(ctx, username=username, name=name, password=password, context=[row.name])
    identity.grant(ctx, login_id=login.id, organisation_id=row.id, role=rules.ROLE_OF_KIND[row.kind])
    return login.id


def _own(ctx: Ctx, buyer_id: str) -> Buyer:
    """Another tenant's buyer answers like a missing one."""
    row = queries.buyer(ctx, buyer_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != row.id:
        raise BuyerNotFound
    ctx.require("buyer.edit")
    return row
