"""One process of a training under ``accelerate launch``; writes what it ended with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs

from tests.adapters.training.test_trainer import trained, trainer


def main(folder: Path) -> None:
    accelerator = Accelerator(
        cpu=True, kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)]
    )
    one = trainer(folder, accelerator=accelerator)
    progress = one.fit(range(6), [6, 7])
    weights = {name: float(value.double().sum()) for name, value in trained(one).items()}
    document = {"processes": accelerator.num_processes, "loss": progress.best_loss, "sums": weights}
    (folder / f"ended-{accelerator.process_index}.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
