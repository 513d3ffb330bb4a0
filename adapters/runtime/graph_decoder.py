"""Running the graphs of `llama_graph`: a `Decoder` in eight bits for the CPU.

Owns the runtime's sessions and lending them a workspace; leaves whose numbers lie there to
`workspaces` and what is cached to `kv_cache`. The graph works on keys and values in place, so a
call copies the tokens' own states and nothing else. Reading a long text and writing one token are
the same graph over the same weights.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread, local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.runtime.row_tables import RowTables
from adapters.runtime.workspaces import HalvedCache, Workspace, Workspaces

MOST_THREADS = 8
"""More only wait for one another at matrices of this size."""
ACTIVE_WAIT = "12"
"""Microseconds that a thread waits actively for the next product. Longer makes a token twice as
dear where anything else runs; none makes reading a fifth slower where nothing does."""
COMPANY = 16
"""Passes in company after which it is more than chance, and worth a session for many."""
BARRED = -1e9
"""Added to a score, it leaves nothing; infinity would leave no number where all is barred."""


class GraphDecoder:
    """A `Decoder` over the layers' graph and the output layer's.

    Raises whatever the runtime raises for files that it cannot run; `open_graphs` does not.
    """

    def __init__(self, layers: Path, output: Path, tables: RowTables):
        self.hidden_size = tables.shape.hidden
        self.vocabulary_size = tables.shape.vocabulary
        self._shape = tables.shape
        self._tables = tables
        self._layers = LayerSessions(layers)
        self._output = OutputSession(output)
        self._workspaces = Workspaces(tables.shape)
        self._caller = local()

    def apply(self, *, alone: bool) -> None:
        """Say whether the calling thread computes `alone` from now on; see `engine.Threads`."""
        self._caller.session = self._layers.alone if alone else self._layers.in_company()

    def new_cache(self) -> HalvedCache:
        return HalvedCache(self._workspaces)

    def extend(
        self,
        cache: HalvedCache,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        count, end = len(tokens), cache.length + len(tokens)
        if positions is None:
            positions = np.arange(cache.length, end)
        # The graph keeps tokens from seeing later ones by itself.
        bias = np.zeros((count, end), np.float32)
        if visible is not None:
            bias[~visible] = BARRED
        embedded = self._tables.embedding.rows(np.asarray(tokens, np.int64))
        states = np.empty_like(embedded)
        whole = (1, count, self._shape.hidden)
        # Alternatives after a full window stand at its end, one as good as the other.
        places = np.minimum(positions, self._shape.window - 1).astype(np.int64)
        session = getattr(self._caller, "session", self._layers.alone)
        with self._workspaces.lend(cache, end) as place:
            binding, last, length = self._bound(session, place, cache.room)
            last[0], length[...] = end - 1, end
            _bind(binding.bind_input, "hidden", embedded, whole)
            _bind(binding.bind_input, "places", places, (1, count))
            _bind(binding.bind_input, "bias", bias, (1, 1, count, end))
            _bind(binding.bind_output, "state", states, whole)
            session.run_with_iobinding(binding)
            cache.length = end  # while nobody can take the workspace
        return states

    def logits(
        self, hidden: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        if rows is not None:
            smoothed = hidden * self._tables.before_output
            return np.asarray(smoothed @ self._tables.output.rows(rows).T)
        session = self._output.opened()
        if session is None:
            return self.logits(hidden, np.arange(self.vocabulary_size))
        found: NDArray[np.float32]
        (found,) = session.run(None, {"hidden": np.ascontiguousarray(hidden)})
        return found

    def let_go(self) -> None:
        """Give back the memory of what may never be asked for: all tokens' logits at once."""
        self._output.close()

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        return self._tables.embedding.rows(
            np.arange(self.vocabulary_size) if rows is None else rows
        )

    def _bound(self, session: Any, place: Workspace, room: int) -> tuple[Any, Any, Any]:
        """The workspace's memory as a session's keys and values, with the numbers of tokens."""
        found = place.lent.get((session, room))
        if found is None:
            binding = session.io_binding()
            last, length = np.zeros(1, np.int32), np.zeros((), np.int32)
            for name, number in (("last", last), ("length", length)):
                _bind(binding.bind_input, name, number, number.shape)
            memory = self._workspaces.view(place, room)
            shape = (1, *memory.shape[2:])
            for layer, pair in enumerate(memory):
                for name, cached in zip(("keys", "values"), pair, strict=True):
                    _bind(binding.bind_input, f"{layer}.{name}", cached, shape)
                    _bind(binding.bind_output, f"{layer}.{name}.next", cached, shape)
            found = place.lent[session, room] = binding, last, length
        return found


class OutputSession:
    """The output layer's graph, opened when it is asked for.

    Where text is held to what may be said, as in a reply, a few of its rows are all that is needed.
    """

    def __init__(self, file: Path):
        self._file = file
        self._lock = Lock()
        self._session: Any = None
        self._opened_before = False

    def opened(self) -> Any:
        """The session; None where it was opened before and its file is there no more.

        Raises what the runtime raises when it cannot be opened the first time.
        """
        with self._lock:
            if self._session is None:
                try:
                    self._session = _session(self._file, _cores())
                except Exception as error:
                    if not self._opened_before:
                        raise
                    _warn_of(self._file, error)
                self._opened_before = True
            return self._session

    def close(self) -> None:
        """Let the session go; it is made again when it is asked for."""
        with self._lock:
            self._session = None


class LayerSessions:
    """The layers' graph for whoever computes alone, on all cores, and for several at once.

    Threads of a pass wait for one another, which nobody has to pay for where passes side by side
    fill the cores as it is. The second session holds the weights again: it is made when needed.
    """

    def __init__(self, file: Path):
        self._file = file
        self._passes = 0
        self._unmade = Lock()
        self._making: Thread | None = None
        self.alone = _session(file, _cores())
        self._several = self.alone

    def in_company(self) -> Any:
        """The session for a pass beside which there are others."""
        self._passes += 1
        if self._passes >= COMPANY and _cores() > 1 and self._unmade.acquire(blocking=False):
            # Taken for good. It is made aside: whoever computes goes on with the first.
            self._making = Thread(target=self._make, name="session-for-several")
            self._making.start()
        return self._several

    def wait(self) -> None:
        """Return once no session is being made."""
        if self._making is not None:
            self._making.join()

    def _make(self) -> None:
        try:
            self._several = _session(self._file, _cores() - 1)
        except Exception as error:  # whatever it is, the first does as well
            _warn_of(self._file, error)


def _warn_of(file: Path, error: Exception) -> None:
    warnings.warn(f"{file.name} cannot be opened again: {error}", RuntimeWarning, stacklevel=4)


def _bind(
    bind: Callable[..., None], name: str, values: NDArray[Any], shape: tuple[int, ...]
) -> None:
    bind(name, "cpu", 0, values.dtype.type, shape, values.ctypes.data)


def open_graphs(layers: Path, output: Path, tables: RowTables) -> GraphDecoder | None:
    """The decoder over these files; None where they cannot be run here."""
    try:
        decoder = GraphDecoder(layers, output, tables)
        states = decoder.extend(decoder.new_cache(), [0, 1, 2])
        logits = decoder.logits(states)
        if np.isfinite(logits).all() and logits.any() and states.any():
            decoder.let_go()
            return decoder
        raise ValueError("it gives no numbers")
    except Exception as error:  # the runtime's errors have no class in common
        # Slower, but right: single precision runs everywhere.
        warnings.warn(f"{layers.name} cannot be run here: {error}", RuntimeWarning, stacklevel=2)
        return None


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _session(file: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Every length is a pattern of its own, and all of them would be cached.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.spin_duration_us", ACTIVE_WAIT)
    options.intra_op_num_threads = min(threads, MOST_THREADS)
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
