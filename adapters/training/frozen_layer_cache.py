"""The frozen lower layers' output for each pack, computed once and kept in half precision.

Each chunk of packs has a file, in a folder named by its inputs (model, layers, tokens), so that a
killed run, or one with other settings above those layers, goes on from there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from adapters.training.batches import collate
from adapters.training.layers import LayerSpans
from adapters.training.packing import Pack, bucketed

CHUNK = 64
"""Packs to a file."""

Progress = Callable[[int, int], None]


class FrozenLayerCache:
    """States (tokens, hidden) of each pack after the lower `depth` layers, float16."""

    def __init__(self, folder: Path, packs: Sequence[Pack], *, model_hash: str, depth: int):
        digest = hashlib.sha256(f"{model_hash} {depth} {torch.__version__}".encode())
        for pack in packs:
            digest.update(repr((pack.tokens, pack.parents)).encode())
        self.folder = folder / digest.hexdigest()[:16]
        self._packs = packs
        self.depth = depth
        self._states: dict[int, Tensor] = {}

    def fill(
        self,
        spans: LayerSpans,
        *,
        most_tokens: int,
        share: tuple[int, int] = (0, 1),
        progress: Progress | None = None,
    ) -> None:
        """Compute the chunks that no file holds yet; `share` is (this process, all processes)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        chunks = self._chunks()
        for done, chunk in enumerate(chunks):
            if chunk % share[1] == share[0] and not self._file(chunk).is_file():
                self._compute(chunk, spans, most_tokens)
            if progress is not None:
                progress(done + 1, len(chunks))

    def load(self) -> None:
        """Read all states into memory; FileNotFoundError when `fill` was not finished."""
        for chunk in self._chunks():
            for name, states in load_file(self._file(chunk)).items():
                self._states[int(name)] = states

    def states(self, numbers: Sequence[int]) -> Tensor:
        """The states of packs side by side, padded with zeros, (packs, length, hidden) float32."""
        return torch.nn.utils.rnn.pad_sequence(
            [self._states[number].float() for number in numbers], batch_first=True
        )

    @property
    def tokens(self) -> int:
        """How many tokens all packs have."""
        return sum(len(pack) for pack in self._packs)

    def _chunks(self) -> range:
        return range((len(self._packs) + CHUNK - 1) // CHUNK)

    def _file(self, chunk: int) -> Path:
        return self.folder / f"states-{chunk:05d}.safetensors"

    @torch.inference_mode()
    def _compute(self, chunk: int, spans: LayerSpans, most_tokens: int) -> None:
        numbers = range(chunk * CHUNK, min((chunk + 1) * CHUNK, len(self._packs)))
        found: dict[str, Tensor] = {}
        for places in bucketed([len(self._packs[n]) for n in numbers], most_tokens):
            batch = collate([self._packs[numbers[place]] for place in places])
            embedded = spans.embed(batch.tokens)
            states = spans.run(embedded, batch.positions, batch.visible, 0, self.depth).half()
            for row, place in enumerate(places):
                number = numbers[place]
                found[str(number)] = states[row, : len(self._packs[number])].contiguous()
        file = self._file(chunk)
        partial = file.with_suffix(f".{os.getpid()}")
        save_file(found, partial)
        partial.replace(file)
