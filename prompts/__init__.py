"""Every text that goes to the model or to a person, as strict templates.

A template is a Jinja file in this folder, such as ``replies/wording.jinja``. Rendering is strict: a
variable that is missing is an error. Texts come out as data, never as markup.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.core import patterns

FOLDER = Path(__file__).parent


# What models take for control tokens: <|im_end|>, </s>, <start_of_turn>, <pad>.
_CONTROL = patterns.compile(r"<(?=\||/?[A-Za-z_])")


def inert(text: str) -> str:
    """`text` with what a tokenizer could read as a control token broken by a space.

    What people and catalogues say is data. Tokenizers cut such tokens out of any text before
    they read it, wherever they stand; ``< |im_end|>`` is six ordinary pieces.
    """
    return _CONTROL.sub("< ", text)


def _inert(value: Any) -> Any:
    return inert(value) if isinstance(value, str) else value


def _joined(values: list[str], last: str = "and") -> str:
    """``A, B and C``."""
    values = list(values)
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} {last} {values[-1]}"


@cache
def _environment() -> Environment:
    # What is rendered goes into a prompt or into a text widget, never into a page as HTML.
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=_inert,
    )
    environment.filters["joined"] = _joined
    return environment


@cache
def template(name: str) -> Template:
    """The template in the file `name` (with its ending) of this folder."""
    return _environment().get_template(name)


def render(name: str, **variables: Any) -> str:
    """Render a template file; jinja2.UndefinedError when a variable is missing."""
    return template(name).render(**variables)


@cache
def macro_module(name: str) -> Any:
    """The macros of a template file, as attributes: ``macro_module("reasons.jinja").wanted``."""
    return template(name).module


def phrase(file: str, macro: str, **variables: Any) -> str:
    """One macro of `file`, rendered to a single line; KeyError for an unknown macro."""
    found = getattr(macro_module(file), macro, None)
    if found is None:
        raise KeyError(f"prompts/{file} has no macro named {macro!r}")
    return " ".join(str(found(**variables)).split())


@cache
def data(name: str) -> Any:
    """The content of a JSON file of this folder."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
