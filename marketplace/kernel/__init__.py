"""The ground floor: no business, no Flask; everything else may import it."""
