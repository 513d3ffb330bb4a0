"""`tastebot evaluate`: ranking metrics on a query file, on interactions, or of liked answers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar
from bot.core.errors import UsageError
from bot.core.settings import Settings

if TYPE_CHECKING:
    from bot.core.protocols import Catalogue
    from bot.evaluation.rankers import RankerSource
    from bot.evaluation.runner import Case, Evaluation

FILE = click.Path(path_type=Path)
Value = TypeVar("Value")
COLUMNS = 4  # rankers side by side in one table


@click.command(
    "evaluate",
    epilog="Example: tastebot evaluate test.queries.jsonl --catalogue redial --ranker tuned",
)
@click.argument("queries", type=FILE, required=False)
@click.option("--catalogue", help="The catalogue whose items are asked for.")
@click.option(
    "--ranker",
    "rankers",
    multiple=True,
    help="What to measure; may be given again to compare.  [default: tuned]",
)
@click.option("--list-rankers", is_flag=True, help="Show the names that --ranker takes.")
@click.option(
    "--dialogues", multiple=True, type=FILE, help="Dialogues for baselines to learn from."
)
@click.option(
    "--interactions", multiple=True, type=FILE, help="Interactions to learn from, or to hold out."
)
@click.option("--without", multiple=True, help="Switch off a term of the tuned ranker.")
@click.option("--limit", type=click.IntRange(1), help="Measure on a sample of so many queries.")
@click.option("--seed", default=0, show_default=True, help="For samples, intervals and baselines.")
@click.option("--leave-one-out", is_flag=True, help="Hold out each person's last interaction.")
@click.option(
    "--like-prediction", is_flag=True, help="QUERIES is a dialogue file; predict its answers."
)
@click.option(
    "--linked-only", is_flag=True, help="Do not read the messages; use only the linked items."
)
@click.option("--output", type=FILE, help="Write plots into this folder.")
@click.option("--save-rankings", type=FILE, help="Write each query's ranking to this file.")
@json_option
def command(**options: Any) -> None:
    """Measure rankers on the query file QUERIES.

    With --leave-one-out there is no QUERIES: the last item that each person of --interactions
    liked is held out. With --like-prediction QUERIES is a file of dialogues with feedback.
    """
    _evaluate(EvaluateOptions(**options))


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What `tastebot evaluate` was given, under the names of its options."""

    queries: Path | None
    catalogue: str | None
    rankers: tuple[str, ...]
    list_rankers: bool
    dialogues: tuple[Path, ...]
    interactions: tuple[Path, ...]
    without: tuple[str, ...]
    limit: int | None
    seed: int
    leave_one_out: bool
    like_prediction: bool
    linked_only: bool
    output: Path | None
    save_rankings: Path | None
    as_json: bool

    def check(self) -> None:
        """Raise UsageError where options do not go together."""
        if self.leave_one_out == (self.queries is not None):
            raise UsageError(
                "Expected a query file, or --leave-one-out with --interactions",
                found="both" if self.leave_one_out else "neither",
                remedy="See tastebot evaluate --help",
            )
        if self.leave_one_out and self.like_prediction:
            raise UsageError(
                "Expected one kind of measurement",
                found="--leave-one-out and --like-prediction together",
                remedy="Give one of the two",
            )
        if self.leave_one_out and not self.interactions:
            raise UsageError(
                "--leave-one-out asks for people's last interactions",
                found="no --interactions",
                remedy="Add --interactions FILE",
            )


def _evaluate(options: EvaluateOptions) -> None:
    if options.list_rankers:
        _list_rankers()
        return
    options.check()
    with opened_storage(catalogue=options.catalogue) as (settings, database):
        from storage.catalogue.catalogues import Catalogues

        view = Catalogues(database).view(settings.catalogue, adult=settings.adult)
        if options.like_prediction:
            assert options.queries is not None
            _predict_likes(options.queries, view, seed=options.seed, as_json=options.as_json)
            return
        cases, source = _prepare(options, settings, view)
        names = options.rankers or ("tuned",)
        found = _measure(source, names, cases, options.dialogues, options.seed)
    if options.save_rankings is not None:
        _save_rankings(found, options.save_rankings)
    if options.output is not None:
        from bot.evaluation.plots import save_plots

        for file in save_plots(found, options.output):
            click.echo(f"Wrote {file}", err=True)
    _show(found, seed=options.seed, as_json=options.as_json)


def _prepare(
    options: EvaluateOptions, settings: Settings, catalogue: Catalogue
) -> tuple[list[Case], RankerSource]:
    """Read and link every file before anything slow is begun."""
    from bot.data.dialogue_files import read_dialogues
    from bot.data.interactions import read_interactions
    from bot.data.linking import link_dialogues, link_interactions, link_queries
    from bot.data.queries import read_queries
    from bot.evaluation.baselines.scoring import FitData
    from bot.evaluation.next_item import leave_one_out
    from bot.evaluation.rankers import RankerSource
    from bot.evaluation.runner import cases_of
    from bot.ranking.items.attribute_vectors import AttributeVectors

    learned = link_dialogues(read_dialogues(*options.dialogues), catalogue)
    taken = link_interactions(read_interactions(*options.interactions), catalogue)
    queries = options.queries
    if queries is None:
        cases, taken = leave_one_out(taken, catalogue)
        cases = _sample(cases, options.limit, options.seed)
    else:
        read, unknown = link_queries(
            _sample(read_queries(queries), options.limit, options.seed), catalogue
        )
        if unknown:
            click.echo(
                f"{unknown:,} mentions in {queries.name} are no items of catalogue "
                f"{catalogue.name} and count as words alone.",
                err=True,
            )
        understander = None
        if not options.linked_only:
            from bot.understanding import build_understander

            understander = build_understander(catalogue, settings.home)
        with progress_bar() as step:
            cases = cases_of(
                read,
                understander,
                progress=lambda values: _stepping(values, step, "Reading the messages"),
            )
    source = RankerSource(
        settings=settings,
        data=FitData(catalogue, learned, taken, options.seed),
        index=AttributeVectors.of(catalogue),
        without=frozenset(options.without),
    )
    return cases, source


def _measure(
    source: RankerSource,
    names: Sequence[str],
    cases: Sequence[Case],
    dialogue_files: Sequence[Path],
    seed: int,
) -> list[Evaluation]:
    from bot.evaluation.baselines.scoring import mention_counts
    from bot.evaluation.runner import Background, evaluate

    asked = [case.query for case in cases]
    for name in names:
        source.refuse_leaks(name, asked, dialogue_files)
    known = mention_counts(source.data)
    withheld = source.withheld()
    found = []
    for name in names:
        ranker = source.build(name)
        with progress_bar() as step:
            found.append(
                evaluate(
                    ranker,
                    cases,
                    source.data.catalogue,
                    Background(known, source.trained_items(name), withheld, source.index),
                    progress=lambda values, name=name: _stepping(values, step, name),
                    seed=seed,
                )
            )
    return found


def _show(found: Sequence[Evaluation], *, seed: int, as_json: bool) -> None:
    from bot.evaluation import report
    from bot.evaluation.bootstrap import differences

    compared = {
        (one.ranker, other.ranker): differences(one.tally, other.tally, one.clusters, seed=seed)
        for one, other in combinations(found, 2)
    }
    if as_json:
        document = report.evaluation_document(found[0])
        if len(found) > 1:
            document["rankers"] = {each.ranker: report.evaluation_document(each) for each in found}
            document["differences"] = [
                {"ranker": one, "minus": other, "metrics": report.comparison_document(gaps)}
                for (one, other), gaps in compared.items()
            ]
        print_json(document)
        return
    console = report.wide_console()
    for start in range(0, len(found), COLUMNS):
        console.print(report.evaluation_table(found[start : start + COLUMNS]))
    for (one, other), gaps in compared.items():
        if len(found) <= COLUMNS:
            console.print(report.comparison_table(gaps, one, other))


def _predict_likes(path: Path, catalogue: Catalogue, *, seed: int, as_json: bool) -> None:
    from bot.data.dialogue_files import read_dialogues
    from bot.data.linking import link_dialogues
    from bot.evaluation import like_prediction, report
    from bot.understanding import build_understander

    dialogues = link_dialogues(read_dialogues(path), catalogue)
    cases = like_prediction.like_cases(dialogues)
    if not cases:
        raise UsageError(
            f"{path.name}: expected dialogues with `feedback` on their items",
            found="none that is liked or disliked",
            remedy="Give a dialogue file with feedback, such as ReDial's own",
        )
    predictors: tuple[like_prediction.LikePredictor, ...] = (
        like_prediction.MajorityPredictor(),
        like_prediction.ItemRatePredictor(),
        like_prediction.WordsPredictor(),
        like_prediction.StancePredictor(build_understander(catalogue)),
    )
    with progress_bar() as step:
        reports = [
            like_prediction.cross_validate(each, cases, seed=seed)
            for each in _stepping(predictors, step, "Predicting")
        ]
    if as_json:
        print_json(report.likes_document(reports))
    else:
        report.wide_console().print(report.likes_table(reports))


def _save_rankings(found: Sequence[Evaluation], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8") as stream:
            for each in found:
                for case, ranking in zip(each.cases, each.rankings, strict=True):
                    row = {
                        "ranker": each.ranker,
                        "id": case.query.id,
                        "targets": list(case.targets),
                        "ranking": [[scored.item_id, scored.score] for scored in ranking],
                    }
                    stream.write(json.dumps(row) + "\n")
    except OSError as error:
        raise UsageError(
            f"--save-rankings {path} was expected to be a file to write",
            found=(error.strerror or str(error)).lower(),
            remedy="Name another file",
        ) from None


def _list_rankers() -> None:
    from bot.evaluation.rankers import ranker_names

    names = ranker_names()
    width = max(map(len, names))
    for name, summary in names.items():
        click.echo(f"{name:{width}}  {summary}")


def _sample(values: list[Value], limit: int | None, seed: int) -> list[Value]:
    """`limit` of the values at random, in their order; all of them when there are fewer."""
    if limit is None or limit >= len(values):
        return values
    chosen = sorted(random.Random(seed).sample(range(len(values)), limit))
    return [values[place] for place in chosen]


def _stepping(values: Sequence[Value], step: Any, what: str) -> Iterable[Value]:
    for place, value in enumerate(values):
        step(what, place, len(values))
        yield value
    step(what, len(values), len(values))
