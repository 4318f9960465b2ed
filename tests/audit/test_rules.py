"""The tree against the published reference vectors and against a naive recursive tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.audit import rules

# The eight leaves and roots of the certificate-transparency reference tests.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_consistency(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(m - k, leaves[k:], False), naive_root(leaves[:k])]


class Tree:
    """Stored nodes of a growing tree, counting reads."""

    def __init__(self, leaves):
        self.nodes, self.reads, self.written = {}, 0, []
        for index, leaf in enumerate(leaves):
            before = len(self.nodes)
            for level, at, value in rules.nodes_completed_by(index, rules.hash_leaf(leaf), self.at):
                self.nodes[level, at] = value
            self.written.append(len(self.nodes) - before)
        self.reads = 0

    def at(self, level, index):
        self.reads += 1
        return self.nodes[level, index]


def some_leaves(count):
    return [str(number).encode() for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_of_the_reference_leaves_is_the_published_one(size):
    assert rules.tree_root(Tree(LEAVES).at, size).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert rules.tree_root(Tree([]).at, 0) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 13, 31, 32, 33])
def test_every_path_equals_the_one_of_the_naive_tree(size):
    leaves = some_leaves(size)
    tree = Tree(leaves)
    assert [rules.inclusion_path(tree.at, i, size) for i in range(size)] == [naive_path(i, leaves) for i in range(size)]
    assert [rules.consistency_path(tree.at, m, size) for m in range(1, size + 1)] == [
        naive_consistency(m, leaves) for m in range(1, size + 1)
    ]


def test_every_leaf_of_every_size_to_40_verifies():
    leaves = some_leaves(40)
    tree = Tree(leaves)
    for size in range(1, 41):
        root = naive_root(leaves[:size])
        for index in range(size):
            path = rules.inclusion_path(tree.at, index, size)
            assert rules.check_inclusion(rules.hash_leaf(leaves[index]), index, size, path, root) == []


def test_every_pair_of_sizes_to_40_is_consistent():
    leaves = some_leaves(40)
    tree = Tree(leaves)
    roots = {size: naive_root(leaves[:size]) for size in range(1, 41)}
    for first in range(1, 41):
        for second in range(first, 41):
            path = rules.consistency_path(tree.at, first, second)
            assert rules.check_consistency(first, roots[first], second, roots[second], path) == []


@given(st.integers(1, 300), st.data())
def test_an_inclusion_proof_holds_only_for_its_own_leaf_index_and_size(size, data):
    tree = Tree(some_leaves(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = tree.nodes[0, index], rules.inclusion_path(tree.at, index, size), rules.tree_root(tree.at, size)
    assert rules.check_inclusion(leaf, index, size, path, root) == []
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index)) if size > 1 else None
    if other is not None:
        assert rules.check_inclusion(leaf, other, size, path, root) != []
        assert rules.check_inclusion(tree.nodes[0, other], index, size, path, root) != []


@given(st.integers(2, 300), st.data())
def test_a_padded_truncated_reordered_or_edited_proof_is_refused(size, data):
    tree = Tree(some_leaves(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = tree.nodes[0, index], rules.inclusion_path(tree.at, index, size), rules.tree_root(tree.at, size)
    place = data.draw(st.integers(0, len(path) - 1))
    flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
    wrong = [[*path, root], [root, *path], path[:-1], path[1:], [*path[:place], flipped, *path[place + 1 :]], []]
    if len(path) > 1:
        wrong.append(path[::-1])
    assert all(rules.check_inclusion(leaf, index, size, bad, root) for bad in wrong)


@given(st.integers(2, 200), st.data())
def test_a_consistency_proof_is_refused_when_anything_in_it_changes(second, data):
    first = data.draw(st.integers(1, second - 1))
    tree = Tree(some_leaves(second))
    old, new = rules.tree_root(tree.at, first), rules.tree_root(tree.at, second)
    path = rules.consistency_path(tree.at, first, second)
    place = data.draw(st.integers(0, len(path) - 1))
    flipped = path[place][:-1] + bytes([path[place][-1] ^ 0x80])
    wrong = [[], [*path, new], path[:-1], [*path[:place], flipped, *path[place + 1 :]]]
    assert rules.check_consistency(first, old, second, new, path) == []
    assert all(rules.check_consistency(first, old, second, new, bad) for bad in wrong)
    assert rules.check_consistency(first, new, second, old, path) != []


def test_a_leaf_of_the_wrong_length_is_refused():
    tree = Tree(some_leaves(1))
    root = rules.tree_root(tree.at, 1)
    assert rules.check_inclusion(root, 0, 1, [], root) == []
    assert rules.check_inclusion(root[:31], 0, 1, [], root[:31]) == ["散列值长度或格式不正确"]
    assert rules.check_inclusion(root + b"\x00", 0, 1, [], root) == ["散列值长度或格式不正确"]


def test_an_empty_proof_is_refused_for_more_than_one_leaf():
    root = rules.tree_root(Tree(some_leaves(2)).at, 2)
    assert rules.check_inclusion(root, 0, 2, [], root) != []
    assert rules.check_inclusion(root, 1, 2, [], root) != []


def test_consistency_from_an_empty_tree_is_refused():
    root = rules.tree_root(Tree(some_leaves(3)).at, 3)
    assert rules.check_consistency(0, root, 3, root, []) == ["树的大小或叶子序号不合理"]
    assert rules.check_consistency(4, root, 3, root, []) == ["树的大小或叶子序号不合理"]


def test_equal_sizes_are_consistent_only_with_equal_roots_and_no_proof():
    root = rules.tree_root(Tree(some_leaves(3)).at, 3)
    assert rules.check_consistency(3, root, 3, root, []) == []
    assert rules.check_consistency(3, root, 3, root, [root]) != []
    assert rules.check_consistency(3, root, 3, bytes(32), []) != []


def test_appending_writes_and_proving_reads_logarithmically():
    tree = Tree(some_leaves(1023))
    assert max(tree.written) == 10
    assert sum(tree.written) < 2 * 1023
    rules.inclusion_path(tree.at, 511, 1023)
    assert tree.reads <= 2 * 10
    tree.reads = 0
    rules.consistency_path(tree.at, 700, 1023)
    assert tree.reads <= 4 * 10


def test_a_path_outside_the_tree_is_refused():
    with pytest.raises(IndexError):
        rules.inclusion_path(Tree(some_leaves(2)).at, 2, 2)
    with pytest.raises(IndexError):
        rules.consistency_path(Tree(some_leaves(2)).at, 0, 2)
