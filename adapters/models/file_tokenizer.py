"""A tokeniser read straight from its file, for bases that need nothing else of transformers.

Owns the few calls that the engine makes, with transformers' own results; importing that library
for them takes a second and 40 MB. Whatever a `tokenizer_config.json` may say beyond names of
special tokens is left to transformers: see `reads_plainly`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = "tokenizer.json"
CLASSES = frozenset({"TokenizersBackend", "PreTrainedTokenizerFast"})
HARMLESS = frozenset({"backend", "chat_template", "model_max_length", "tokenizer_class"})
NAMED = frozenset({"bos_token", "eos_token", "pad_token", "unk_token"})


def reads_plainly(config: Mapping[str, Any]) -> bool:
    """Whether a ``tokenizer_config.json`` asks for nothing but what the tokeniser's file holds."""
    rest = config.keys() - HARMLESS - NAMED - {"clean_up_tokenization_spaces"}
    return (
        config.get("tokenizer_class") in CLASSES
        and not rest
        and config.get("clean_up_tokenization_spaces") is False
        and all(isinstance(config[name], str) for name in NAMED & config.keys())
    )


class FileTokenizer:
    """The tokeniser in `folder`, whose ``tokenizer_config.json`` is `config`.

    Raises ValueError for a special token that the vocabulary does not have, and whatever the
    library raises for a file that is none of its own.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any]):
        from tokenizers import Tokenizer

        self.backend_tokenizer = Tokenizer.from_file(str(folder / FILE))
        self.backend_tokenizer.no_truncation()
        self.backend_tokenizer.no_padding()
        self.bos_token: str | None = config.get("bos_token")
        self.eos_token_id = self._id(config.get("eos_token"))
        special = {self._id(config.get(name)) for name in NAMED}
        self.all_special_ids = sorted(token for token in special if token is not None)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """Token ids of a text."""
        found = self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens)
        return list(found.ids)

    def decode(
        self,
        tokens: Sequence[int],
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool = False,
    ) -> str:
        """Text of token ids; spaces are never cleaned up, see `reads_plainly`."""
        text: str = self.backend_tokenizer.decode(
            [int(token) for token in tokens], skip_special_tokens=skip_special_tokens
        )
        return text

    def _id(self, token: str | None) -> int | None:
        if token is None:
            return None
        number: int | None = self.backend_tokenizer.token_to_id(token)
        if number is None:
            raise ValueError(f"the special token {token!r} is not in the vocabulary")
        return number
