"""Turning values into HTML: templates of this folder, everything in them escaped.

The one place where markup is made. Whatever a person or a catalogue says goes through
autoescaping here; nothing else in the page builds HTML out of data.
"""

from __future__ import annotations

from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.core import patterns
from bot.web.view.texts import text

FOLDER = Path(__file__).parents[1] / "templates"
# Where a bare ampersand would begin a character reference.
_REFERENCE = patterns.compile(r"&(?=#?\w+;)")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["text"] = text
    environment.globals["stylesheet"] = stylesheet
    return environment


@cache
def stylesheet(name: str) -> Markup:
    """A style sheet of ours, to stand in a page of its own that must look right at once."""
    return Markup((FOLDER.parent / "static" / name).read_text(encoding="utf-8"))


def markup(name: str, /, **values: Any) -> str:
    """The template file `name` of this folder with `values` in it, all of them escaped."""
    return _environment().get_template(f"{name}.html").render(**values)


def plain(words: str) -> str:
    """`words` for a widget that takes text for HTML; only what HTML would act on is changed.

    Ordinary sentences come out untouched, so that copying or editing one shows what was said.
    """
    return _REFERENCE.sub("&amp;", words).replace("<", "&lt;").replace(">", "&gt;")


def unplain(words: str) -> str:
    """The inverse of `plain`, for text that comes back from the page."""
    return unescape(words)
