"""The chat, driven in a real browser over a service without a model."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from playwright.sync_api import Dialog, Route, expect

from bot.web.gradio_patches.safe_blocks import SafeBlocks
from tests.fakes import FakeService
from tests.web.conftest import Site, Visitor

pytestmark = pytest.mark.browser


def test_a_message_gets_cards_before_words_and_a_streamed_reply(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    service.pause = 0.6
    visiting.page.locator("#tb-message textarea").fill("A crime film like Heat")
    visiting.page.keyboard.press("Enter")

    turn = visiting.page.locator(".tb-turn").last
    expect(turn.locator(".tb-card")).to_have_count(5)
    assert turn.get_attribute("data-state") == "writing"
    assert "comes first" not in turn.inner_text(), "the cards come before the words"
    expect(turn).to_contain_text("Ronin (1998) comes first.")
    assert turn.get_attribute("data-state") == "writing", "the reply comes in pieces"
    expect(turn).to_contain_text("After it I would try")
    visiting.answered()
    card = turn.locator(".tb-card").first
    for shown in ("Ronin", "1998", "122 min", "Action", "John Frankenheimer", "as you asked", "%"):
        assert shown in card.inner_text()
    assert visiting.errors == []


def test_a_dislike_changes_the_next_suggestions_and_a_reload_finds_the_conversation(
    visit: Visitor,
) -> None:
    visiting = visit()
    visiting.say("Something with crime in it")
    first = visiting.cards()
    disliked = first[0]

    visiting.button(disliked, "dislike").click()
    expect(visiting.button(disliked, "dislike")).to_have_attribute("aria-pressed", "true")
    visiting.say("More please")

    assert disliked not in visiting.cards()
    assert visiting.cards() != first
    before = visiting.page.locator(".tb-card").count()
    visiting.page.reload()
    expect(visiting.page.locator(".tb-card")).to_have_count(before)
    expect(visiting.page.get_by_label("Who is talking")).to_have_value(visiting.user)
    expect(visiting.page.locator(".user-row")).to_have_count(2)
    expect(visiting.button(disliked, "dislike")).to_have_attribute("aria-pressed", "true")


def test_a_page_whose_first_answers_are_lost_is_loaded_again(visit: Visitor) -> None:
    page = visit(apart=True).page
    lost_until = time.monotonic() + 4
    losses: list[str] = []

    def lose(route: Route) -> None:
        if time.monotonic() > lost_until:
            route.continue_()
        else:  # left open for good, without an answer
            losses.append(route.request.url)

    page.route("**/queue/data**", lose)
    page.reload()
    page.wait_for_timeout(6000)
    assert losses
    expect(page.locator("#tb-message textarea")).to_be_disabled()

    expect(page.locator("#tb-message textarea")).to_be_enabled()


def test_a_click_can_be_undone(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    visiting.say("A comedy")
    liked = visiting.cards()[0]

    visiting.button(liked, "like").click()
    expect(visiting.button(liked, "like")).to_have_attribute("aria-pressed", "true")
    assert liked in service.profile(visiting.user).liked
    visiting.button(liked, "undo").click()

    expect(visiting.button(liked, "like")).to_have_attribute("aria-pressed", "false")
    assert liked not in service.profile(visiting.user).liked


def test_seen_and_saved_are_kept_apart_from_liked(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    visiting.say("A drama")
    seen, saved = visiting.cards()[:2]

    visiting.button(seen, "seen").click()
    visiting.button(saved, "save").click()
    expect(visiting.button(saved, "save")).to_have_attribute("aria-pressed", "true")
    expect(visiting.button(seen, "seen")).to_have_attribute("aria-pressed", "true")

    kinds = {(str(fact.kind), fact.about) for fact in service.profile(visiting.user).facts}
    assert {("seen", seen), ("saved", saved)} <= kinds


def test_why_opens_and_closes_the_explanation(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("A crime film")
    item = visiting.cards()[0]

    visiting.button(item, "why").click()
    expect(visiting.page.locator(".tb-why")).to_contain_text("shares")
    expect(visiting.button(item, "why")).to_have_attribute("aria-expanded", "true")
    visiting.button(item, "why").click()

    expect(visiting.page.locator(".tb-why")).to_have_count(0)


def test_more_like_this_asks_for_it(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("A crime film")
    item = visiting.cards()[0]

    visiting.button(item, "more").click()

    expect(visiting.page.locator(".user-row")).to_have_count(2)
    visiting.answered()
    assert visiting.page.locator(".user-row").last.inner_text().startswith("More like ")
    assert item not in visiting.cards()


def test_chips_answer_with_one_click(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("A crime film")

    visiting.page.get_by_role("button", name="surprise me").click()

    expect(visiting.page.locator(".user-row")).to_have_count(2)
    visiting.answered()
    assert "surprise me" in visiting.page.locator(".user-row").last.inner_text()


def test_an_opening_starts_the_first_conversation(visit: Visitor, service: FakeService) -> None:
    visiting = visit()

    visiting.page.locator("#tb-chat .example").first.click()
    expect(visiting.page.locator(".user-row")).to_have_count(1)
    visiting.answered()

    assert len(service.conversations(visiting.user)) == 1


def test_stop_gives_the_words_back_and_stores_nothing(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    service.pause = 1.5
    box = visiting.page.locator("#tb-message textarea")
    box.fill("A crime film that I will not wait for")
    visiting.page.keyboard.press("Enter")
    visiting.page.locator("#tb-message .stop-button").click()

    expect(box).to_have_value("A crime film that I will not wait for")
    visiting.answered()
    expect(visiting.page.locator(".tb-notice")).to_contain_text("Stopped")
    assert service.conversations(visiting.user) == []


def test_retry_asks_the_same_again(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    visiting.say("A crime film")

    visiting.page.get_by_role("button", name="Retry").click()
    expect(visiting.page.locator(".user-row")).to_have_count(2)
    visiting.answered()

    [info] = service.conversations(visiting.user)
    turns = service.turns(visiting.user, info.conversation)
    assert [turn.user_text for turn in turns] == ["A crime film"] * 2


def test_an_edited_message_takes_the_place_of_the_last(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    visiting.say("A <crime> film & more")

    service.pause = 0.4
    visiting.edit(0, "A comedy <3 & more")
    expect(visiting.page.locator("#tb-message .stop-button")).to_be_visible()
    visiting.answered()
    expect(visiting.page.locator(".user-row")).to_contain_text("A comedy <3 & more")

    expect(visiting.page.locator(".user-row")).to_have_count(1)
    [info] = service.conversations(visiting.user)
    turns = service.turns(visiting.user, info.conversation)
    assert [turn.user_text for turn in turns] == ["A comedy <3 & more"]
    assert "genres:Crime" not in {fact.about for fact in service.profile(visiting.user).facts}


def test_an_earlier_message_that_is_edited_is_said_anew(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    visiting.say("A crime film")
    visiting.say("More please")

    visiting.edit(0, "A comedy")
    expect(visiting.page.locator(".user-row")).to_have_count(3)
    visiting.answered()

    [info] = service.conversations(visiting.user)
    turns = service.turns(visiting.user, info.conversation)
    assert [turn.user_text for turn in turns] == ["A crime film", "More please", "A comedy"]


def test_stop_after_the_cards_keeps_what_was_seen(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    service.pause = 1.5
    visiting.page.locator("#tb-message textarea").fill("A crime film")
    visiting.page.keyboard.press("Enter")
    expect(visiting.page.locator(".tb-card")).to_have_count(5)
    visiting.page.locator("#tb-message .stop-button").click()

    visiting.answered()
    expect(visiting.page.locator(".tb-card")).to_have_count(5)
    [info] = service.conversations(visiting.user)
    [turn] = service.turns(visiting.user, info.conversation)
    assert len(turn.result.suggestions) == 5


def test_conversations_stand_at_the_side_to_open_rename_and_delete(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    page = visiting.page
    visiting.say("The first talk of crime")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".user-row")).to_have_count(0)
    visiting.say("The second talk of comedy")
    entries = page.locator("#tb-conversations li")
    expect(entries).to_have_count(2)

    page.once("dialog", lambda dialog: dialog.accept("Crime <night>"))
    page.get_by_role("button", name="Rename “The first").click()
    expect(entries.last).to_contain_text("Crime <night>")
    page.get_by_role("button", name="Crime <night>").first.click()
    expect(page.locator(".user-row")).to_contain_text("The first talk")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete “Crime").click()

    expect(entries).to_have_count(1)
    expect(page.locator(".user-row")).to_have_count(0)
    assert [info.title for info in service.conversations(visiting.user)] == [
        "The second talk of comedy"
    ]


@pytest.mark.parametrize("late", ["a step", "the last step"])
def test_a_new_conversation_stays_empty_while_an_old_answer_is_on_its_way(
    visit: Visitor, service: FakeService, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """Steps of the old turn are held up after they were made, as on a busy machine."""
    visiting = visit()
    page = visiting.page
    begun, held, sent = threading.Event(), threading.Event(), threading.Event()
    process = SafeBlocks.process_api

    async def held_up(blocks: Any, *arguments: Any, **more: Any) -> Any:
        answer = await process(blocks, *arguments, **more)
        ended = begun.is_set() and not answer.get("is_generating")
        if "comes first" in str(answer.get("data")):
            begun.set()
        if begun.is_set() if late == "a step" else ended:
            held.set()
            await asyncio.sleep(2)
            sent.set()
        return answer

    monkeypatch.setattr(SafeBlocks, "process_api", held_up)
    service.pause = 0.2
    page.locator("#tb-message textarea").fill("A crime film of the old one")
    page.keyboard.press("Enter")
    assert held.wait(20)
    page.get_by_role("button", name="New conversation").click()
    assert sent.wait(20)

    expect(page.locator(".user-row")).to_have_count(0)
    page.wait_for_timeout(3000)
    expect(page.locator(".user-row")).to_have_count(0)
    expect(page.locator("#tb-message .submit-button")).to_be_visible()


def test_another_name_has_its_own_conversations(visit: Visitor) -> None:
    visiting = visit()
    first = visiting.user
    visiting.say("A crime film for me alone")

    visiting.name(f"{first} the other")
    expect(visiting.page.locator(".user-row")).to_have_count(0)
    expect(visiting.page.locator("#tb-conversations li")).to_have_count(0)
    visiting.name(first)

    expect(visiting.page.locator("#tb-conversations li")).to_have_count(1)
    expect(visiting.page.locator(".user-row")).to_contain_text("for me alone")


def test_two_people_at_once_see_only_their_own(visit: Visitor, service: FakeService) -> None:
    ana, ben = visit(apart=True), visit(apart=True)
    service.pause = 0.3
    for visiting, words in ((ana, "Crime for Ana"), (ben, "Comedy for Ben")):
        visiting.page.locator("#tb-message textarea").fill(words)
        visiting.page.keyboard.press("Enter")
    for visiting in (ana, ben):
        expect(visiting.page.locator(".user-row")).to_have_count(1)
        visiting.answered()

    assert "Ana" in ana.page.locator("#tb-chat").inner_text()
    assert "Ben" not in ana.page.locator("#tb-chat").inner_text()
    assert "Ana" not in ben.page.locator("#tb-conversations").inner_text()
    assert "Comedy" in ben.page.locator("#tb-conversations").inner_text()


def test_what_people_say_and_are_called_is_never_markup(visit: Visitor) -> None:
    name = "<img src=x onerror=alert(1)> ${alert(2)} '; DROP TABLE people; --"
    visiting = visit(user=name)
    page = visiting.page
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    words = "<b>bold</b> **stars** [link](javascript:alert(3)) <img src=x onerror=alert(4)> ${1+1}"
    visiting.say(words)
    visiting.say("Bold comedy `ticks` &lt; </div><script>alert(5)</script>")
    visiting.say("'; DROP TABLE events; --")

    said = page.locator(".user-row [data-testid='user']")
    assert said.nth(0).inner_text() == words
    assert said.nth(1).inner_text().endswith("&lt; </div><script>alert(5)</script>")
    shown = page.locator(".tb-card[data-item='markup']").first
    expect(shown).to_contain_text("<b>Bold</b> & ${Brash} <img src=x onerror=alert(1)>")
    assert page.locator("#tb-chat :is(img, b, script, a[href])").count() == 0
    assert page.locator("#tb-side :is(img, b, script)").count() == 0
    visiting.tab("Taste")
    expect(page.locator("#tb-taste h2", has_text=name)).to_be_visible()
    assert page.locator("#tb-taste img").count() == 0
    time.sleep(0.2)
    assert dialogs == []
    assert visiting.errors == []
    assert not any("/x" in url for url in visiting.requests)


@pytest.mark.parametrize(
    "words",
    ["🎬🍿🎉", "我想看一部犯罪电影", "crime " * 3334, "؟؟؟", "\n\n crime \n"],
    ids=["emoji", "chinese", "20,000 characters", "arabic marks", "line breaks"],
)
def test_odd_messages_get_an_answer(visit: Visitor, words: str) -> None:
    visiting = visit(360, 740)

    visiting.say(words)

    assert visiting.page.locator(".tb-turn").last.inner_text().strip()
    assert visiting.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visiting.errors == []


def test_an_empty_message_is_answered_with_a_hint_and_not_sent(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    visiting.page.locator("#tb-message textarea").fill("   ")
    visiting.page.keyboard.press("Enter")

    expect(visiting.page.get_by_text("Write a few words first")).to_be_visible()
    assert service.conversations(visiting.user) == []


def test_a_failure_is_told_in_a_sentence_and_the_words_come_back(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    service.broken = RuntimeError("secret detail of the machine")
    visiting.page.locator("#tb-message textarea").fill("A crime film")
    visiting.page.keyboard.press("Enter")

    expect(visiting.page.locator(".tb-notice-error")).to_contain_text("went wrong on my side")
    assert "secret detail" not in visiting.page.content()
    expect(visiting.page.locator("#tb-message textarea")).to_have_value("A crime film")


def test_the_whole_chat_works_from_the_keyboard(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("A crime film")
    item = visiting.cards()[0]

    visiting.button(item, "like").focus()
    visiting.page.keyboard.press("Enter")
    expect(visiting.button(item, "like")).to_have_attribute("aria-pressed", "true")
    assert visiting.page.evaluate("document.activeElement.dataset.act") == "like", (
        "the focus stays where it was"
    )
    visiting.page.keyboard.press("Tab")

    assert visiting.page.evaluate("document.activeElement.dataset.act") == "dislike"


def test_a_slash_goes_to_the_box_and_escape_stops(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    page = visiting.page
    page.get_by_role("button", name="New conversation").focus()
    page.keyboard.press("/")
    expect(page.locator("#tb-message textarea")).to_be_focused()
    service.pause = 1.5
    page.keyboard.type("A crime film / and more")
    page.keyboard.press("Enter")
    expect(page.locator("#tb-message .stop-button")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#tb-message textarea")).to_have_value("A crime film / and more")
    assert service.conversations(visiting.user) == []


def test_nothing_is_asked_of_any_other_host(visit: Visitor, site: Site) -> None:
    visiting = visit()
    visiting.say("A crime film")
    visiting.tab("Taste")
    expect(visiting.page.locator("#tb-taste h2").first).to_be_visible()
    visiting.tab("Catalogue")
    expect(visiting.page.locator("#tb-found .tb-card").first).to_be_visible()

    foreign = [url for url in visiting.requests if not url.startswith((site.url, "data:", "blob:"))]
    assert foreign == []


def test_cards_of_an_older_turn_come_back_when_asked_for(visit: Visitor) -> None:
    visiting = visit()
    for wish in ("A crime film", "More please", "A comedy", "Something older"):
        visiting.say(wish)

    first = visiting.page.locator(".tb-turn").first
    expect(first.locator(".tb-card")).to_have_count(0)
    first.get_by_role("button", name="Show the cards of these 5 suggestions").click()

    expect(first.locator(".tb-card")).to_have_count(5)
    expect(visiting.page.locator(".tb-turn")).to_have_count(4)
