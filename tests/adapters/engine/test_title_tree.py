"""Token trees share first tokens, and label trees know what lies below each node."""

from adapters.engine.title_tree import ROOT, TokenTree, ancestor_mask, build_label_tree


def test_shared_first_tokens_are_one_path() -> None:
    tree = TokenTree()
    long, short, other = tree.add([5, 6, 7]), tree.add([5, 6]), tree.add([8])
    assert len(tree) == 5
    assert tree.parents[long] == short
    assert tree.path(long) == [tree.children[ROOT][5], short, long]
    assert tree.depths[long] == 3
    assert tree.inner == [tree.children[ROOT][5], short]
    assert tree.add([8]) == other


def test_a_node_sees_its_ancestors_and_itself() -> None:
    mask = ancestor_mask([-1, 0, 0, 2])
    assert mask.astype(int).tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1]]


def test_items_of_one_label_share_a_leaf() -> None:
    labels = build_label_tree({"a": [1, 2], "b": [1, 2], "c": [1], "empty": []})
    assert labels.size == 3
    assert labels.leaves[labels.ends["a"]] == ("a", "b")
    assert labels.counts[ROOT] == 3


def test_a_branch_is_barren_once_all_below_it_are_excluded() -> None:
    labels = build_label_tree({"a": [1, 2], "b": [1, 2], "c": [1], "d": [9]})
    both, parent = labels.ends["a"], labels.ends["c"]
    assert labels.barren(frozenset({"a"})) == set()
    assert labels.barren(frozenset({"a", "b", "unknown"})) == {both}
    assert labels.barren(frozenset({"a", "b", "c"})) == {both, parent}
    assert ROOT in labels.barren(frozenset("abcd"))
