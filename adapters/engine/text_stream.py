"""From tokens to text as it streams: whole characters only, and never past a stop string.

Owns decoding one token at a time; leaves choosing the tokens to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

BROKEN = "\N{REPLACEMENT CHARACTER}"


class TextStream:
    """Turns token ids into text pieces that may be shown at once.

    Text is held back while it ends in an unfinished character or might be the beginning of a stop
    string; a stop string and all after it are dropped.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: Sequence[str] = ()):
        self._decode = decode
        self._stop = tuple(text for text in stop if text)
        self._tokens: list[int] = []
        self._decoded = 0  # tokens whose text is already in `_text`
        self._context = 0  # where decoding starts, so that a joint is decoded with what precedes
        self._text = ""
        self._sent = 0
        self.stopped = False

    def push(self, token: int) -> str:
        """Text that `token` makes certain; empty while nothing is."""
        self._tokens.append(token)
        known = self._decode(self._tokens[self._context : self._decoded])
        longer = self._decode(self._tokens[self._context :])
        if longer.endswith(BROKEN):
            return ""
        if len(longer) > len(known):
            self._text += longer[len(known) :]
            self._context, self._decoded = self._decoded, len(self._tokens)
        return self._release()

    def finish(self) -> str:
        """What was held back and turned out to be text; an unfinished character is dropped."""
        if self.stopped:
            return ""
        rest = self._text[self._sent :]
        self._sent = len(self._text)
        return rest

    def _release(self) -> str:
        if self.stopped:
            return ""
        ends = [at for text in self._stop if (at := self._text.find(text, self._sent)) >= 0]
        if ends:
            self.stopped = True
            end = min(ends)
        else:
            end = len(self._text) - self._held_back()
        piece = self._text[self._sent : end]
        self._sent = max(end, self._sent)
        return piece

    def _held_back(self) -> int:
        """Length of the longest end of the unsent text that begins a stop string."""
        unsent = self._text[self._sent :]
        for length in range(min(len(unsent), max(map(len, self._stop), default=0)), 0, -1):
            if any(text.startswith(unsent[-length:]) for text in self._stop):
                return length
        return 0
