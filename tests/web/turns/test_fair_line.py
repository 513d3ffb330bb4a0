"""Who is let in, who is next and who is sent away, with a clock that is wound by hand."""

from __future__ import annotations

import pytest

from bot.core.errors import BusyError
from bot.web.turns.callers import Caller
from bot.web.turns.fair_line import REMEMBERED, REST, FairLine, Ticket


class Hall:
    """A line whose tickets say at once that they wait; who computes is told by name."""

    def __init__(self, **more: int) -> None:
        self.now = 100.0
        self.line = FairLine(clock=lambda: self.now, **more)
        self.tickets: dict[str, Ticket] = {}

    def comes(
        self,
        name: str,
        address: str = "home",
        conversation: str | None = None,
        *,
        short: bool = False,
    ) -> None:
        caller = Caller(address, name.rstrip("0123456789"))
        self.tickets[name] = ticket = self.line.enter(caller, conversation, short=short)
        ticket.waits, ticket.since = True, self.now
        self.line.rest(ticket)

    def waits_again(self, name: str) -> None:
        self.tickets[name].waits = True
        self.line.rest(self.tickets[name])

    def ends(self, name: str, seconds: float = 1.0) -> None:
        self.now += seconds
        self.line.leave(self.tickets.pop(name))

    @property
    def computing(self) -> set[str]:
        return {name for name, each in self.tickets.items() if each.computes_since is not None}

    @property
    def away(self) -> set[str]:
        return {name for name, each in self.tickets.items() if each.sent_away}


def test_as_many_compute_as_may_and_the_next_takes_over() -> None:
    hall = Hall(at_once=2)
    for name in ("ana", "ben", "cleo"):
        hall.comes(name)
    assert hall.computing == {"ana", "ben"}
    hall.ends("ana")
    assert hall.computing == {"ben", "cleo"}


def test_who_asked_for_nothing_lately_computes_at_once_and_others_make_room() -> None:
    hall = Hall(at_once=2)
    for number in range(9):
        hall.comes(f"a{number}" if number < 3 else f"mob{chr(97 + number)}", "far")
    assert hall.computing == {"a0", "a1"}
    hall.comes("ana", short=True)
    assert hall.computing == {"a0", "a1", "ana"}
    hall.ends("a0")
    hall.ends("a1")
    assert hall.computing == {"ana"}
    hall.ends("ana")
    assert len(hall.computing) == 2


def test_a_long_message_waits_as_the_others() -> None:
    hall = Hall(at_once=1)
    hall.comes("ben", "far")
    hall.comes("ana", short=False)
    assert hall.computing == {"ben"}


def test_who_asks_without_a_rest_waits_as_the_others() -> None:
    hall = Hall(at_once=1)
    hall.comes("ana", short=True)
    hall.ends("ana")
    hall.comes("ana", short=True)
    assert not hall.tickets["ana"].rested
    hall.ends("ana")
    hall.now += REST
    hall.comes("ana", short=True)
    assert hall.tickets["ana"].rested


def flooded(hall: Hall, seconds: float, address: str = "far") -> None:
    """One address has computed for so long, and goes on with all the places."""
    for number in range(12):
        hall.comes(f"mob{chr(97 + number)}", address, short=True)
    hall.ends("moba", seconds)


def test_who_used_little_comes_first_at_every_turn_though_they_do_not_rest() -> None:
    hall = Hall(at_once=2)
    flooded(hall, 20.0)
    for _ in range(10):
        hall.comes("ana", short=True)
        assert "ana" in hall.computing
        hall.ends("ana", 0.5)
        hall.comes("ana", short=True)
        assert not hall.tickets["ana"].rested
        assert "ana" in hall.computing
        hall.ends("ana", 0.5)


def test_their_words_come_before_the_suggestions_of_who_used_much() -> None:
    hall = Hall(at_once=1)
    flooded(hall, 20.0)
    hall.comes("ana", short=True)
    hall.tickets["ana"].seen = True
    hall.line.rest(hall.tickets["ana"])
    hall.waits_again("ana")
    assert "ana" in hall.computing


def test_others_make_room_for_who_used_little() -> None:
    hall = Hall(at_once=2)
    flooded(hall, 20.0)
    hall.comes("ana", short=True)
    hall.ends("ana")
    hall.comes("ana", short=True)
    for name in sorted(hall.computing - {"ana"}):
        hall.ends(name)
    assert hall.computing == {"ana"}


def test_a_long_message_from_a_fresh_address_comes_after_who_talks_all_the_time() -> None:
    hall = Hall(at_once=1)
    hall.comes("ana", short=True)
    hall.ends("ana", 10.0)
    hall.comes("zoe", "elsewhere")
    hall.comes("mob", "far", short=False)
    hall.comes("ana", short=True)
    hall.ends("zoe")
    assert hall.computing == {"ana"}


def test_of_one_address_only_the_first_turn_is_light() -> None:
    hall = Hall(at_once=1)
    flooded(hall, 60.0)
    for name in ("ana", "ben", "cleo"):
        hall.comes(name, short=True)
    assert len(hall.computing & {"ana", "ben", "cleo"}) == 1


def test_suggestions_come_before_the_words_of_those_who_have_theirs() -> None:
    hall = Hall(at_once=1, own=9)
    hall.comes("zoe")
    hall.comes("ana")
    hall.ends("zoe")
    hall.tickets["ana"].seen = True
    hall.comes("ben")
    hall.comes("cleo")
    hall.waits_again("ana")
    assert hall.computing == {"ben"}
    hall.ends("ben")
    assert hall.computing == {"cleo"}
    hall.ends("cleo")
    assert hall.computing == {"ana"}


def test_two_addresses_take_turns_however_many_wait_at_one() -> None:
    hall = Hall(at_once=1, own=9)
    for number in range(6):
        hall.comes(f"a{number}", "one")
    for number in range(3):
        hall.comes(f"b{number}", "two")
    order = []
    for _ in range(6):
        [name] = hall.computing
        order.append(name[0])
        hall.ends(name)
    assert order.count("b") == 3


def test_at_one_address_a_persons_second_turn_comes_after_everybodys_first() -> None:
    hall = Hall(at_once=1)
    for name in ("flood1", "flood2", "flood3", "ana"):
        hall.comes(name)
    hall.ends("flood1")
    assert hall.computing == {"flood2"}, "it is the first of theirs now, and came before"
    hall.comes("flood4")
    hall.ends("flood2")
    assert hall.computing == {"flood3"}
    hall.ends("flood3")
    assert hall.computing == {"ana"}, "though a fourth of that person waits"


def test_one_person_has_a_few_places_and_others_theirs() -> None:
    hall = Hall(own=2)
    hall.comes("ana1")
    hall.comes("ana2")
    with pytest.raises(BusyError, match="only a few from one person"):
        hall.comes("ana3")
    hall.comes("ana4", "elsewhere")
    hall.comes("ben")


def test_a_full_house_makes_room_at_the_cost_of_who_takes_most_of_it() -> None:
    hall = Hall(places=6, at_once=1, spare=4)
    hall.comes("ana")
    hall.ends("ana")
    for number in range(6):
        hall.comes(f"mob{chr(97 + number)}", "far")
    hall.comes("ana")
    assert hall.away == {"mobf"}
    assert len(hall.line) == 6


def test_for_who_comes_rested_there_is_room_beside() -> None:
    hall = Hall(places=6, at_once=1, spare=4)
    for number in range(6):
        hall.comes(f"mob{chr(97 + number)}", "far")
    for number in range(4):
        hall.comes(f"rested {number}", f"home {number}", short=True)
    assert hall.away == set()
    hall.comes("one more", "elsewhere", short=True)
    assert hall.away == {"mobf"}


def test_a_lone_address_has_the_whole_house_and_no_more() -> None:
    hall = Hall(places=6, at_once=1, spare=4)
    for number in range(6):
        hall.comes(f"mob{chr(97 + number)}")
    with pytest.raises(BusyError, match="as many people as I can serve"):
        hall.comes("mobz")
    assert hall.away == set()


def test_a_conversation_is_answered_one_turn_at_a_time() -> None:
    hall = Hall(at_once=3)
    hall.comes("ana1", conversation="c")
    hall.comes("ana2", conversation="c")
    hall.comes("ben")
    assert hall.computing == {"ana1", "ben"}
    hall.ends("ana1")
    assert hall.computing == {"ana2", "ben"}


def test_some_places_are_kept_for_those_who_can_still_be_sent_away() -> None:
    hall = Hall(places=6, at_once=1, spare=4)
    for name in ("one", "two", "three"):
        hall.comes(name)
        hall.line.rest(hall.tickets[name])
    assert [hall.tickets[name].begun for name in ("one", "two", "three")] == [True, True, False]
    hall.comes("ana", "elsewhere", short=True)
    assert hall.tickets["ana"].begun, "who comes rested may begin all the same"


def test_waiting_ends_with_a_sentence_after_its_time() -> None:
    line = FairLine(at_once=1)
    assert line.wait(line.enter(Caller("", "ana"), None), 1.0)
    with pytest.raises(BusyError, match="did not come in time"):
        line.wait(line.enter(Caller("", "ben"), None), 0.01)


def test_only_so_many_parties_are_remembered() -> None:
    hall = Hall()
    for number in range(REMEMBERED + 5):
        hall.comes("ana", f"address {number}")
        hall.ends("ana")
    assert len(hall.line._last) == REMEMBERED
