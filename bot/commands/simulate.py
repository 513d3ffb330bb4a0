"""`tastebot simulate`: sessions with simulated people, comparing policies and rankers."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar

if TYPE_CHECKING:
    from bot.core.protocols import Catalogue, Ranker
    from bot.data.interactions import Interaction
    from bot.evaluation.rankers import RankerSource
    from bot.evaluation.simulation.arms import Arm
    from bot.evaluation.simulation.notes import SessionNotes
    from bot.evaluation.simulation.outcomes import Outcome
    from bot.evaluation.simulation.people import SimulatedPerson

FILE = click.Path(path_type=Path)
COMPARISONS = ("policies", "updates")


@click.command(
    "simulate",
    epilog="Example: tastebot simulate --interactions ratings.csv --catalogue films --people 200",
)
@click.option(
    "--interactions", required=True, multiple=True, type=FILE, help="Ratings to draw people from."
)
@click.option("--catalogue", help="The catalogue they are recommended from.")
@click.option(
    "--people",
    "count",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="How many people.",
)
@click.option(
    "--turns",
    type=click.IntRange(1, 20),
    default=5,
    show_default=True,
    help="Turns in each session.",
)
@click.option("--ranker", default="tuned", show_default=True, help="The ranker; see evaluate.")
@click.option(
    "--compare",
    type=click.Choice(["all", *COMPARISONS]),
    default="all",
    show_default=True,
    help="Question policies for newcomers, uses of reactions, or both.",
)
@click.option(
    "--half",
    type=click.Choice(["all", "odd", "even"]),
    default="all",
    show_default=True,
    help="Only people whose id ends in such a digit.",
)
@click.option(
    "--deals",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="Sessions for each person, with the ratings split anew each time.",
)
@click.option("--notes", type=FILE, help="Keep sessions in this file, and go on from it.")
@click.option("--explanations", is_flag=True, help="Check the reasons of every suggestion too.")
@click.option("--seed", default=0, show_default=True, help="For people, their words and intervals.")
@click.option("--output", type=FILE, help="Write plots into this folder.")
@json_option
def command(**options: Any) -> None:
    """Let simulated people talk with the bot, and compare how soon they find what they like.

    Each person speaks of half of their ratings and reacts to suggestions by the other half. The
    bot ranks and asks as in the chat but writes no words, so that many people run in minutes.
    """
    _simulate(SimulateOptions(**options))


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """What `tastebot simulate` was given, under the names of its options."""

    interactions: tuple[Path, ...]
    catalogue: str | None
    count: int
    turns: int
    ranker: str
    compare: str
    half: str
    deals: int
    notes: Path | None
    explanations: bool
    seed: int
    output: Path | None
    as_json: bool


def _simulate(options: SimulateOptions) -> None:
    from bot.evaluation.baselines.scoring import FitData
    from bot.evaluation.rankers import RankerSource
    from bot.evaluation.simulation import arms
    from bot.evaluation.simulation.notes import SessionNotes
    from bot.ranking.items.attribute_vectors import AttributeVectors

    ranker, seed = options.ranker, options.seed
    with opened_storage(catalogue=options.catalogue) as (settings, database):
        from storage.catalogue.catalogues import Catalogues

        view = Catalogues(database).view(settings.catalogue, adult=settings.adult)
        dealt, others = _deal_people(options, view)
        what = (
            f"{ranker}, {options.half} of {len(dealt[0])} people, {options.turns} turns, "
            f"seed {seed}{', explained' if options.explanations else ''}"
        )
        held = SessionNotes.open(what, options.notes)
        index = AttributeVectors.of(view)
        source = RankerSource(settings, FitData(view, (), others, seed), index)
        compared: dict[str, list[Arm]] = {}
        if options.compare in ("all", "policies"):
            compared["policies"] = arms.policy_arms(ranker)
        if options.compare in ("all", "updates"):
            compared["updates"] = arms.update_arms(ranker)
        found = {name: _run(each, source, dealt, held, options) for name, each in compared.items()}
    _show(found, dealt, options)


def _deal_people(
    options: SimulateOptions, catalogue: Catalogue
) -> tuple[list[list[SimulatedPerson]], list[Interaction]]:
    """(the people with their ratings as each deal has them, what all others took to)."""
    from bot.data.interactions import read_interactions
    from bot.data.linking import link_interactions
    from bot.evaluation.simulation.people import draw_people, half_of, split_again

    taken = link_interactions(read_interactions(*options.interactions), catalogue)
    people, others = draw_people(half_of(taken, options.half), options.count, seed=options.seed)
    again = [
        split_again(people, taken, seed=options.seed + deal) for deal in range(1, options.deals)
    ]
    return [people, *again], others


def _show(
    found: Mapping[str, list[Outcome]],
    dealt: Sequence[Sequence[SimulatedPerson]],
    options: SimulateOptions,
) -> None:
    """Write the plots, and print what was found."""
    from bot.evaluation.report import wide_console
    from bot.evaluation.simulation import outcomes

    gaps = {name: outcomes.compare(each, options.seed) for name, each in found.items()}
    if options.output is not None:
        from bot.evaluation.plots import save_session_plots

        for file in save_session_plots(found, options.output):
            click.echo(f"Wrote {file}", err=True)
    people, sessions = len(dealt[0]), sum(map(len, dealt))
    if options.as_json:
        print_json(
            {
                "people": people,
                "sessions": sessions,
                "turns": options.turns,
                "ranker": options.ranker,
                **{
                    name: outcomes.outcomes_document(each, gaps[name])
                    for name, each in found.items()
                },
            }
        )
        return
    console = wide_console()
    for name, each in found.items():
        title = f"{name}: {people:,} people, {sessions:,} sessions of {options.turns} turns"
        console.print(outcomes.outcomes_table(title, each, gaps[name]))


def _run(
    arms: Sequence[Arm],
    source: RankerSource,
    dealt: Sequence[Sequence[SimulatedPerson]],
    notes: SessionNotes,
    options: SimulateOptions,
) -> list[Outcome]:
    """Every person's session under every arm, each arm with a database of its own."""
    from bot.evaluation.simulation.arms import build_service
    from bot.evaluation.simulation.outcomes import outcome_of
    from bot.evaluation.simulation.sessions import run_session
    from bot.evaluation.simulation.truth import judge_reasons
    from bot.understanding import build_understander
    from storage.person.people import People
    from storage.sql.database import open_database

    understander = build_understander(source.data.catalogue)
    # The catalogue's many objects are no garbage; looking through them again and again took most
    # of the time of a ranking.
    gc.freeze()
    found = []
    for arm in arms:
        with closing(open_database("sqlite://", source.settings.home)) as memory:
            service = build_service(
                arm,
                people=People(memory),
                catalogue=source.data.catalogue,
                understander=understander,
                ranker=_ranker(arm.ranker, source),
                index=source.index,
                explanations=options.explanations,
                seed=options.seed,
            )
            began = time.perf_counter()
            sessions = []
            with progress_bar() as step:
                for deal, people in enumerate(dealt):
                    for place, person in enumerate(people, start=1):
                        key = (arm.name, person.name, deal)
                        if key not in notes.held:
                            session = run_session(
                                service,
                                person,
                                opening=arm.opening,
                                turns=options.turns,
                                seed=options.seed + deal,
                                user=f"{person.name} {deal}",
                                judge=judge_reasons if options.explanations else None,
                            )
                            notes.add(key, session)
                        sessions.append(notes.held[key])
                        step(arm.name, place, len(people))
            seconds = time.perf_counter() - began
        found.append(outcome_of(arm.name, sessions, seconds=seconds, seed=options.seed))
    return found


def _ranker(name: str, source: RankerSource) -> Ranker:
    from bot.evaluation.simulation.arms import FILTER_ONLY, POPULAR, FilterOnly, PopularityList

    if name == POPULAR:
        return PopularityList(source.data.catalogue)
    kind, _, rest = name.partition(":")
    if kind == FILTER_ONLY and rest:
        return FilterOnly(source.build(rest))
    return source.build(name)
