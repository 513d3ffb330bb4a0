"""An error as somebody elsewhere may read it: the same sentence, without where things lie here.

In the terminal the whole path helps whoever runs the server; in the page and the API it tells
strangers about the machine.
"""

from __future__ import annotations

from bot.core import patterns
from bot.core.errors import TastebotError
from bot.web.view.texts import text

# An absolute path of two parts or more, of POSIX or Windows; none inside an address on the web.
# It begins in the middle of no word, URL or relative path.
_PATH = patterns.compile(
    r"(?<![\w/:.\\])"
    r"(?:(?:sqlite:)?/{1,4}|[A-Za-z]:[\\/]|\\\\)"
    r"""(?:[^\s/\\'"<>|]+[/\\])+"""
    r"""(?P<name>[^\s/\\'"<>|,;:)]*)"""
)


def told(error: BaseException) -> str:
    """The sentence of an error that was meant for people; of any other, that something failed."""
    if not isinstance(error, TastebotError):
        return text("failed_plainly")
    return without_folders(str(error))


def without_folders(words: str) -> str:
    """`words` with each absolute path cut down to its last part."""
    return _PATH.sub(lambda path: path["name"] or "a folder", words)
