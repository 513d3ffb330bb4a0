"""The page as a whole: the side, the tabs, and what they share."""

from __future__ import annotations

from typing import cast

import gradio as gr

from bot.conversation.api import ChatService
from bot.web.endpoints import add_endpoints
from bot.web.gradio_patches.safe_blocks import SafeBlocks
from bot.web.pages.catalogue import CataloguePage
from bot.web.pages.catalogue_library import Shelf
from bot.web.pages.chat import ChatPage
from bot.web.pages.taste import TastePage
from bot.web.requests.uploads import Uploads
from bot.web.turns.turn_desk import TurnDesk
from bot.web.view.js_events import sign_in_watch, status_strip
from bot.web.view.markup import markup
from bot.web.view.texts import text

# The browser keeps a name and a conversation id; the key only has to stay the same over restarts.
_BROWSER_KEY = "tastebot-who"
_BROWSER_SECRET = "tastebot-browser"

WAITING = 32
"""How many events run side by side; the turn desk, not Gradio's queue, bounds the turns."""


def build_page(
    service: ChatService,
    desk: TurnDesk,
    shelf: Shelf | None = None,
    uploads: Uploads | None = None,
    *,
    accounts: bool = False,
) -> gr.Blocks:
    """The page's blocks with all their events, not yet served.

    With `uploads` it takes new catalogues by file. With `accounts` nobody picks a name: a person
    is who signed in.
    """
    with SafeBlocks(
        title=text("name"), analytics_enabled=False, fill_width=True, fill_height=True
    ) as blocks:
        who = gr.BrowserState(storage_key=_BROWSER_KEY, secret=_BROWSER_SECRET)
        chat = ChatPage(service, desk, who, accounts=accounts)
        taste = TastePage(service, who)
        catalogue = CataloguePage(service, who, shelf, uploads)
        status_strip()
        if accounts:
            sign_in_watch()
        gr.HTML(markup("signs"), apply_default_css=False, js_on_load=None, elem_classes="tb-signs")
        with gr.Sidebar(width=300, open=False, elem_id="tb-side") as side:
            gr.HTML(markup("brand"), apply_default_css=False)
            chat.build_side(side)
            gr.HTML(markup("foot"), apply_default_css=False)
        with gr.Tabs(elem_id="tb-tabs") as tabs:
            with gr.Tab(text("tab_chat"), id="chat"):
                chat.build_chat()
            with gr.Tab(text("tab_taste"), id="taste") as taste_tab:
                taste.build()
            with gr.Tab(text("tab_catalogue"), id="catalogue") as catalogue_tab:
                catalogue.build()
        deletion = taste.wire(taste_tab)
        catalogue.wire(catalogue_tab, chat.wire(blocks, tabs, deletion), deletion)
        add_endpoints(service, desk)
    blocks.queue(default_concurrency_limit=WAITING, max_size=None, api_open=False)
    return cast("gr.Blocks", blocks)
