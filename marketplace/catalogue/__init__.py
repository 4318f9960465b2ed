"""中介服务事项: what may be bought, by which law, who may render it, and when an item was kept or cancelled.

Owns CatalogueItem and CatalogueChange. Promises that every version of an item can be read again, that an import writes
all of a file or nothing, and that what is exported can be imported unchanged.
"""
