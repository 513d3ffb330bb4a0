"""The chat: who talks, their conversations at the side, messages, cards and what they do.

Nothing of a conversation lives in the page: every view is made from what the service has stored,
so a reload or a restart shows the same. The browser remembers only the name and the conversation.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from bot.conversation.api import ChatService, TurnDone, TurnRanked, TurnSentence, TurnStarted
from bot.core.errors import TastebotError
from bot.core.logs import event_logger
from bot.web.auth.identity import signed_in
from bot.web.pages.chat_widgets import busy_box, free_box, side_widgets, thread_widgets
from bot.web.pages.conversation_views import ConversationViews, Who
from bot.web.turns.turn_desk import Brake, Opened, TurnDesk
from bot.web.view.error_sentences import told
from bot.web.view.js_events import arrival_watch, bridge, message_keys, thread_scroll
from bot.web.view.markup import markup, plain, unplain
from bot.web.view.texts import text
from bot.web.view.thread import UNFOLDED, OpenTurn, Thread
from storage.person.people import person_name

logger = event_logger(__name__)

CLICKS = ("like", "dislike", "seen", "save")

_MEASURED = "(who) => [{...who, wide: window.innerWidth >= 768}]"
Why = Opened
Updates = dict[Any, Any]


class ChatPage:
    """Builds the chat inside the open `gr.Blocks` and answers its events."""

    def __init__(
        self, service: ChatService, desk: TurnDesk, who: gr.BrowserState, *, accounts: bool = False
    ):
        self._service = service
        self._desk = desk
        self._accounts = accounts
        self.who = who
        self._views = ConversationViews(service)

    # The widgets

    def build_side(self, side: gr.Sidebar) -> None:
        """The side: who is talking, a new conversation, the conversations so far."""
        self._side = side
        widgets = side_widgets(accounts=self._accounts)
        self._account, self._name, self._new, self._list = widgets

    def build_chat(self) -> None:
        """The messages and the box to write in."""
        self._chatbot, self._box = thread_widgets()

    def wire(
        self, blocks: gr.Blocks, tabs: gr.Tabs, deletion: gr.events.Dependency
    ) -> gr.events.Dependency:
        """Connect the events, after all widgets of the page are there; the first one is returned.

        `deletion` is the event after which a person's conversations may be gone.
        """
        self._tabs = tabs
        self._why = gr.State({})
        # Wherever a card stands, "more like this" goes on in the chat, and so does an old turn.
        clicks = bridge(
            "#tb-chat [data-act]",
            "#tb-conversations [data-act]",
            "[data-act='more']",
            "[data-act='open']",
        )
        thread_scroll("#tb-chat")
        message_keys("#tb-message")
        arrival_watch("#tb-message")
        state = [self.who, self._why]
        shown = [
            self._chatbot,
            self.who,
            self._why,
            self._list,
            self._name,
            self._box,
            self._side,
            self._tabs,
            self._account,
        ]
        # A turn changes these alone: the browser goes over every output of an event.
        answered = [self._chatbot, self.who, self._why, self._list, self._box]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

        arrived = blocks.load(self._arrive, [self.who], shown, js=_MEASURED, **quiet)
        self._name.change(self._rename_person, [self._name, *state], shown, **quiet)
        self._new.click(self._start_new, state, shown, **quiet)
        self._box.submit(self._send, [self._box, *state], answered, **quiet)
        self._box.stop(self._stop, None, None, queue=False, **quiet)
        self._chatbot.example_select(self._choose, state, answered, **quiet)
        self._chatbot.option_select(self._choose, state, answered, **quiet)
        self._chatbot.retry(self._retry, state, answered, **quiet)
        self._chatbot.edit(self._edit, state, answered, **quiet)
        deletion.then(self._arrive, [self.who], shown, **quiet)
        clicks.act(self._act, state, shown, trigger_mode="multiple", **quiet)
        return arrived

    # Arriving, and whose page it is

    def _arrive(self, who: Who | None) -> Updates:
        who = who if isinstance(who, dict) else {}
        mine = signed_in()
        guest = text("guest", number=f"{secrets.randbelow(9000) + 1000}")
        user = mine or str(who.get("user") or guest)
        self._views.forget(user)
        conversation = who.get("conversation")
        if conversation not in {info.conversation for info in self._service.conversations(user)}:
            conversation = None
        wide = bool(who.get("wide", True))
        who = {"user": user, "conversation": conversation, "wide": wide}
        # The names are given on arrival only: new choices make the widget open its list.
        names = sorted({*self._service.people(), user}, key=str.casefold)
        return self._view(who) | {
            self._name: gr.Dropdown(choices=names, value=user),
            self._account: markup("account", user=user) if mine else gr.skip(),
            self._side: gr.Sidebar(open=wide),
            self._box: gr.Textbox(interactive=True, autofocus=True),
        }

    def _rename_person(self, name: str | None, who: Who, why: Why, request: gr.Request) -> Updates:
        if self._accounts or (name or "").strip() == who["user"]:
            return {self._name: gr.skip()}
        try:
            user = person_name(name or "")
        except TastebotError as error:
            gr.Warning(plain(told(error)))
            return {self._name: who["user"]}
        self._desk.stop(_page(request), left=True)
        mine = self._service.conversations(user)
        latest = mine[0].conversation if mine else None
        return self._view({**who, "user": user, "conversation": latest})

    def _start_new(self, who: Who, why: Why, request: gr.Request) -> Updates:
        self._desk.stop(_page(request), left=True)
        return self._view({**who, "conversation": None}) | self._make_room(who)

    # A turn

    def _send(self, words: str, who: Who, why: Why, request: gr.Request) -> Iterator[Updates]:
        yield from self._converse(words, who, why, request)

    def _choose(
        self, who: Who, why: Why, choice: gr.SelectData, request: gr.Request
    ) -> Iterator[Updates]:
        value = choice.value
        words = value.get("text", "") if isinstance(value, dict) else str(value)
        yield from self._converse(words, who, why, request)

    def _retry(
        self, who: Who, why: Why, retry: gr.RetryData, request: gr.Request
    ) -> Iterator[Updates]:
        index = retry.index if isinstance(retry.index, int) else retry.index[0]
        words = self._views.thread(who).text_at(index)
        yield from self._converse(words or "", who, why, request)

    def _edit(
        self, who: Who, why: Why, edit: gr.EditData, request: gr.Request
    ) -> Iterator[Updates]:
        # The last message is corrected; an earlier one is said anew, since others rest on it.
        index = edit.index if isinstance(edit.index, int) else edit.index[0]
        instead = self._views.thread(who).is_last(index)
        yield from self._converse(unplain(str(edit.value)), who, why, request, instead=instead)

    def _stop(self, request: gr.Request) -> None:
        self._desk.stop(_page(request))

    def _converse(
        self, words: str, who: Who, why: Why, request: gr.Request, *, instead: bool = False
    ) -> Iterator[Updates]:
        if not words.strip():
            gr.Info(text("empty_message"))
            yield {self._box: gr.skip(), self._chatbot: self._views.thread(who, why).messages()}
            return
        with self._desk.page(_page(request)) as brake:
            if brake is None:
                gr.Info(text("still_writing"))
                yield {self._box: gr.skip()}
                return
            yield from self._stream(words, dict(who), why, brake, instead)

    def _stream(
        self, words: str, who: Who, why: Why, brake: Brake, instead: bool
    ) -> Iterator[Updates]:
        """One turn as it comes: cards when they are ranked, then the words."""
        before = self._views.last_thread(who, why)
        thread = before.without_last() if instead else before
        asked = who.get("conversation")
        turn = OpenTurn(words, len(thread.turns) + 1)
        done = False
        try:
            shown = {self._chatbot: thread.messages(turn), self._box: busy_box()}
            yield from _while_there(brake, shown)
            for step in self._desk.turn(who["user"], words, asked, brake, instead=instead):
                match step:
                    case TurnStarted(conversation):
                        who["conversation"] = conversation
                        continue
                    case TurnRanked(suggestions):
                        turn = turn.with_cards(suggestions)
                    case TurnSentence(sentence):
                        turn = turn.with_sentence(sentence)
                        # A card may have been clicked meanwhile.
                        thread = thread.with_profile(self._views.profile(who["user"]))
                        thread = thread.with_opened(brake.opened)
                    case TurnDone():
                        done = True
                        continue
                yield from _while_there(brake, {self._chatbot: thread.messages(turn)})
        except TastebotError as error:
            last = self._undone(told(error), words, before)
        except Exception:
            logger.exception("page_turn_failed")
            last = self._undone(text("failed"), words, before)
        else:
            brake.closing = True
            why = why if brake.opened is None else brake.opened
            if done or turn.ranked:  # what was seen before a stop is kept
                last = self._view(who, why) | {self._box: free_box()}
            else:
                last = self._undone(text("stopped"), words, before, kind="notice")
        yield from _while_there(brake, last)
        if brake.left:
            yield {self._box: free_box()}

    def _undone(self, sentence: str, words: str, thread: Thread, kind: str = "error") -> Updates:
        """A turn that was not kept: say so, and give the words back."""
        return {
            self._chatbot: thread.messages(notice=(kind, sentence)),
            self._box: free_box(words),
        }

    # Clicks on cards and conversations

    def _act(
        self, who: Who, why: Why, click: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        data = {key: str(value) for key, value in dict(click._data or {}).items()}
        act, item = data.get("act", ""), data.get("item", "")
        try:
            if act == "more":
                [found] = self._service.items([item])
                words = text("more_message", title=found.label)
                yield {self._tabs: gr.Tabs(selected="chat")}
                yield from self._converse(words, who, why, request)
                return
            if act in ("open", "rename", "delete"):
                yield self._act_on_conversation(act, data, who, request)
                return
            if act == "unfold":
                why = {**why, (int(data["turn"]), UNFOLDED): ()}
            elif act == "why":
                why = self._toggled_why(why, int(data["turn"]), item, who)
            elif act in CLICKS and not data.get("event"):
                self._service.feedback(who["user"], item, act, who.get("conversation"))
            elif act == "undo" or act in CLICKS:
                self._service.undo(who["user"], data["event"])
        except TastebotError as error:
            gr.Warning(plain(told(error)))
        if self._desk.takes(_page(request), why):
            yield {self._why: why}  # the running turn shows it with its next step
        else:
            yield {self._chatbot: self._views.thread(who, why).messages(), self._why: why}

    def _toggled_why(self, why: Why, turn: int, item: str, who: Who) -> Why:
        place = (turn, item)
        if place in why:
            return {key: lines for key, lines in why.items() if key != place}
        lines = self._service.explain(who["user"], item, who.get("conversation"))
        return {**why, place: tuple(lines)}

    def _act_on_conversation(
        self, act: str, data: dict[str, str], who: Who, request: gr.Request
    ) -> Updates:
        conversation = data["conversation"]
        is_open = conversation == who.get("conversation")
        if act == "open":
            self._desk.stop(_page(request), left=True)
            opened = self._view({**who, "conversation": conversation}) | self._make_room(who)
            return opened | {self._tabs: gr.Tabs(selected="chat")}
        if act == "rename":
            title = " ".join(data.get("answer", "").split())[:120]
            if title:
                self._service.rename_conversation(who["user"], conversation, title)
            return {self._list: self._views.listed(who)}
        if is_open:
            self._desk.stop(_page(request), left=True)
        self._service.delete_conversation(who["user"], conversation)
        if is_open:
            return self._view({**who, "conversation": None})
        return {self._list: self._views.listed(who)}

    # Views of what is stored

    def _view(self, who: Who, why: Why | None = None) -> Updates:
        """Everything the chat shows of a person and a conversation."""
        return {
            self._chatbot: self._views.thread(who, why).messages(),
            self.who: who,
            self._why: why or {},
            self._list: self._views.listed(who),
        }

    def _make_room(self, who: Who) -> Updates:
        """Where the side lies over the chat, close it once something is chosen there."""
        return {} if who.get("wide", True) else {self._side: gr.Sidebar(open=False)}


def _page(request: gr.Request) -> str:
    """One open page of one browser."""
    return str(request.session_hash)


def _while_there(brake: Brake, updates: Updates) -> Iterator[Updates]:
    """Show them, unless another conversation stands there by now."""
    with brake.showing() as there:
        if there:
            yield updates
