"""Reading the catalogue."""

from sqlalchemy import Select, or_, select

from marketplace.catalogue.errors import ItemCancelled, ItemNotFound
from marketplace.catalogue.models import CatalogueChange, CatalogueItem
from marketplace.catalogue.rules import names_of
from marketplace.kernel.context import Ctx
from marketplace.kernel.quick import Quick


def item(ctx: Ctx, code: str) -> CatalogueItem:
    """An item, kept or cancelled. Raises ItemNotFound."""
    found = ctx.session.get(CatalogueItem, code)
    if found is None:
        raise ItemNotFound(item_code=code)
    return found


def kept_item(ctx: Ctx, code: str) -> CatalogueItem:
    """An item that may be bought and offered. Raises ItemNotFound, ItemCancelled."""
    found = item(ctx, code)
    if not found.kept:
        raise ItemCancelled(name=found.name, day=str(found.cancelled_on), field="item_code")
    return found


def items(*, mode: str = "", authority: str = "", text: str = "", kept: bool | None = None) -> Select[CatalogueItem]:
    """Items ordered by code.

    authority: one that the item names. text: words in code, name, field, authority, basis or parent item.
    """
    found = select(CatalogueItem).order_by(CatalogueItem.code)
    if mode:
        found = found.where(CatalogueItem.qualification_mode == mode)
    if authority:
        found = found.where(CatalogueItem.authority.contains(authority, autoescape=True))
    if kept is not None:
        found = found.where(CatalogueItem.cancelled_on.is_(None) if kept else CatalogueItem.cancelled_on.is_not(None))
    for word in text.split():
        found = found.where(or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED)))
    return found


_SEARCHED = (
    CatalogueItem.code,
    CatalogueItem.name,
    CatalogueItem.field,
    CatalogueItem.authority,
    CatalogueItem.basis,
    CatalogueItem.parent_item,
)


_ITEM_NAMES = Quick(
    select(CatalogueItem.code, CatalogueItem.name).order_by(CatalogueItem.cancelled_on.is_not(None), CatalogueItem.code)
)


def item_names(ctx: Ctx) -> dict[str, str]:
    """Names of all items by code, kept ones first, in the order of codes."""
    ctx.session.flush()
    return dict(_ITEM_NAMES.rows(ctx.session, {}))


def history(code: str) -> Select[CatalogueChange]:
    """The versions of an item, first to last."""
    return select(CatalogueChange).where(CatalogueChange.item_code == code).order_by(CatalogueChange.version)


def authorities(ctx: Ctx) -> list[str]:
    """Every authority that an item names, for menus; an item may name several."""
    named = ctx.session.scalars(select(CatalogueItem.authority).distinct())
    return sorted({name for text in named for name in names_of(text)})
