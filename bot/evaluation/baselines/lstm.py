"""A recurrent session model: an LSTM over the items so far predicts the next.

Hidasi et al. 2016, "Session-based recommendations with recurrent neural networks",
arXiv:1511.06939, with an LSTM for the GRU and a softmax over all items for sampled losses.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from bot.core.results import RankingQuery
from bot.evaluation.baselines.scoring import (
    FitData,
    Groups,
    ScoringRanker,
    Weights,
    context_rows,
    rows_of,
)

SIZE = 96
LONGEST = 40  # items; of longer histories the latest
BATCH = 32
EPOCHS = 12
LEARNING_RATE = 8e-3
DROPOUT = 0.3
WEIGHT_DECAY = 1e-4


class SessionModel(nn.Module):
    """Item vectors, an LSTM, and a softmax over the same vectors with a bias for each item.

    Row 0 of the vectors is padding; item `i` of the vocabulary is row `i + 1`.
    """

    def __init__(self, bias: torch.Tensor) -> None:
        super().__init__()
        self.vectors = nn.Embedding(len(bias) + 1, SIZE, padding_idx=0)
        nn.init.normal_(self.vectors.weight, std=0.05)
        self.dropout = nn.Dropout(DROPOUT)
        self.lstm = nn.LSTM(SIZE, SIZE, batch_first=True)
        self.bias = nn.Parameter(bias)

    def forward(self, sessions: torch.Tensor) -> torch.Tensor:
        """Logits of the next item after each place: (batch, length) → (batch, length, items)."""
        states, _ = self.lstm(self.dropout(self.vectors(sessions)))
        logits: torch.Tensor = self.dropout(states) @ self.vectors.weight[1:].T + self.bias
        return logits


class LstmRanker(ScoringRanker):
    """Trained in seconds on the order of items in dialogues and in people's histories.

    The first item of a session is predicted too (from a start that is the padding vector), so an
    empty context ranks by how often items open a session.
    """

    name = "lstm"

    def __init__(self, data: FitData) -> None:
        super().__init__(data)
        self._groups = Groups.of(data.catalogue)
        sessions = self._sessions(data)
        seen = sorted({group for session in sessions for group in session})
        self._place = {group: place for place, group in enumerate(seen)}
        self._seen = np.array(seen, dtype=np.int64)
        numbered = [[self._place[group] + 1 for group in session] for session in sessions]
        self._model = _train(numbered, len(seen), data.seed)

    def weights(self, query: RankingQuery) -> Weights:
        """P(next item); items of no training session weigh nothing."""
        groups = self._groups.of_row[context_rows(self.catalogue, query)]
        known = [self._place[group] + 1 for group in groups.tolist() if group in self._place]
        session = torch.tensor([[0, *known[-LONGEST:]]])
        with torch.inference_mode():
            chances = torch.softmax(self._model(session)[0, -1].double(), dim=0).numpy()
        over_groups = np.zeros(self._groups.count)
        over_groups[self._seen] = chances
        over_groups[groups] = 0.0
        weights: Weights = over_groups[self._groups.of_row]
        return weights

    def _sessions(self, data: FitData) -> list[list[int]]:
        items = [list(dialogue.items) for dialogue in data.dialogues]
        for taken in data.people().values():
            liked = [each.item_id for each in taken if each.positive]
            items.append(liked[-LONGEST:])
        of_row = self._groups.of_row
        sessions = (
            list(dict.fromkeys(of_row[rows_of(data.catalogue, each)].tolist())) for each in items
        )
        return [session for session in sessions if session]


def _train(sessions: list[list[int]], items: int, seed: int) -> SessionModel:
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        counts = torch.ones(items)
        for session in sessions:
            counts[[place - 1 for place in session]] += 1
        model = SessionModel((counts / counts.sum()).log())
        optimiser = torch.optim.AdamW(
            model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        for _ in range(EPOCHS):
            order = torch.randperm(len(sessions), generator=generator).tolist()
            for start in range(0, len(order), BATCH):
                chosen = [torch.tensor([0, *sessions[at]]) for at in order[start : start + BATCH]]
                batch = pad_sequence(chosen, batch_first=True)
                logits = model(batch[:, :-1])
                targets = batch[:, 1:] - 1  # padding becomes -1
                loss = nn.functional.cross_entropy(
                    logits.reshape(-1, items), targets.reshape(-1), ignore_index=-1
                )
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
    return model.eval()
