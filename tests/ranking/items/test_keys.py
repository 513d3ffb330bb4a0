from __future__ import annotations

from bot.core.values import Item
from bot.ranking.items.keys import ItemKey, rows_of_keys, text_hash
from tests.memory_catalogue import MemoryCatalogue

HERE = MemoryCatalogue(
    [
        Item("1", "Heat", 1995, same_as="tt1"),
        Item("2", "The Heat", 2013, same_as="tt2"),
        Item("3", "Alien", 1979, same_as="tt3"),
        Item("4", "It", None, same_as="tt4"),
        Item("5", "It", None, same_as="tt5"),
    ]
)


def rows(*keys: ItemKey) -> list[int]:
    return [int(row) for row in rows_of_keys(keys, HERE)]


def test_an_item_is_found_by_title_and_year_whatever_its_id() -> None:
    assert rows(ItemKey("other", "heat", 1995), ItemKey(None, "heat", 2013)) == [0, 1]


def test_the_name_goes_before_a_shared_id_that_says_otherwise() -> None:
    assert rows(ItemKey("tt3", "heat", 1995)) == [0]


def test_a_shared_id_finds_what_is_called_otherwise_here() -> None:
    assert rows(ItemKey("tt3", "das unheimliche wesen", 1979)) == [2]


def test_titles_without_a_year_that_several_have_need_the_shared_id() -> None:
    assert rows(ItemKey("tt5", "it", None), ItemKey("tt9", "it", None)) == [4, -1]


def test_keys_survive_json_and_hashes_stay_the_same() -> None:
    key = ItemKey.of(HERE.items[1])
    assert ItemKey.from_json(key.as_json()) == key == ItemKey("tt2", "heat", 2013)
    assert text_hash("Heat") == text_hash("Heat") != text_hash("heat")
    assert 0 <= text_hash("Heat") < 2**63
