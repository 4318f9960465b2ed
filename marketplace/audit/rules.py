"""The arithmetic of the log: which nodes a tree of n leaves stores, and the proofs read from them (RFC 9162, 2.1).

Only complete subtrees are stored: node (level, i) covers the leaves i*2^level up to (i+1)*2^level. They never
change once written, so appending a leaf writes at most log n rows and every proof reads O(log n) rows. The
checking half lives in the offline verifier, so that a stranger and the market run the very same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from marketplace.audit.verifier import check_consistency, check_inclusion, hash_children, hash_leaf

__all__ = [
    "NodeAt",
    "check_consistency",
    "check_inclusion",
    "consistency_path",
    "hash_children",
    "hash_leaf",
    "inclusion_path",
    "nodes_completed_by",
    "range_hash",
    "tree_root",
]

NodeAt = Callable[[int, int], bytes]
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def nodes_completed_by(index: int, leaf: bytes, node_at: NodeAt) -> Iterator[tuple[int, int, bytes]]:
    """Every (level, index, hash) that becomes complete by appending this leaf, the leaf itself first."""
    level, found = 0, leaf
    yield level, index, found
    while index & 1:
        found = hash_children(node_at(level, index - 1), found)
        level, index = level + 1, index >> 1
        yield level, index, found


def split(size: int) -> int:
    """The largest power of two below the size (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


def range_hash(node_at: NodeAt, start: int, end: int) -> bytes:
    """Hash of the subtree over the leaves start..end-1; start must be aligned as the tree aligns it."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node_at(level, start >> level)
    middle = start + split(width)
    return hash_children(range_hash(node_at, start, middle), range_hash(node_at, middle, end))


def tree_root(node_at: NodeAt, size: int) -> bytes:
    """Root of the tree of the first `size` leaves; of none it is the hash of nothing."""
    return range_hash(node_at, 0, size) if size else EMPTY_ROOT


def inclusion_path(node_at: NodeAt, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves, nearest sibling first (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(index)
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_hash(node_at, middle, end))
            end = middle
        else:
            path.append(range_hash(node_at, start, middle))
            start = middle
    return path[::-1]


def consistency_path(node_at: NodeAt, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is a prefix of the tree of `second` (RFC 9162, 2.1.4.1)."""
    if not 0 < first <= second:
        raise IndexError(first)
    path, start, end, whole = [], 0, second, True
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append(range_hash(node_at, middle, end))
            end = middle
        else:
            path.append(range_hash(node_at, start, middle))
            start, whole = middle, False
    return ([] if whole else [range_hash(node_at, start, end)]) + path[::-1]
