"""`tastebot simulate`: sessions with simulated people, comparing policies and rankers."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar

if TYPE_CHECKING:
    from bot.core.protocols import Ranker
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
def command(
    interactions: tuple[Path, ...],
    catalogue: str | None,
    count: int,
    turns: int,
    ranker: str,
    compare: str,
    half: str,
    deals: int,
    notes: Path | None,
    explanations: bool,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Let simulated people talk with the bot, and compare how soon they find what they like.

    Each person speaks of half of their ratings and reacts to suggestions by the other half. The
    bot ranks and asks as in the chat but writes no words, so that many people run in minutes.
    """
    from bot.data.interactions import read_interactions
    from bot.data.linking import link_interactions
    from bot.evaluation.baselines.scoring import FitData
    from bot.evaluation.rankers import RankerSource
    from bot.evaluation.report import wide_console
    from bot.evaluation.simulation import arms, outcomes
    from bot.evaluation.simulation.notes import SessionNotes
    from bot.evaluation.simulation.people import draw_people, half_of, split_again
    from bot.ranking.items.attribute_vectors import AttributeVectors

    with opened_storage(catalogue=catalogue) as (settings, database):
        from storage.catalogue.catalogues import Catalogues

        view = Catalogues(database).view(settings.catalogue, adult=settings.adult)
        taken = link_interactions(read_interactions(*interactions), view)
        people, others = draw_people(half_of(taken, half), count, seed=seed)
        dealt = [
            people,
            *(split_again(people, taken, seed=seed + deal) for deal in range(1, deals)),
        ]
        what = f"{ranker}, {half} of {len(people)} people, {turns} turns, seed {seed}"
        held = SessionNotes.open(f"{what}{', explained' if explanations else ''}", notes)
        index = AttributeVectors.of(view)
        source = RankerSource(settings, FitData(view, (), others, seed), index)
        compared: dict[str, list[Arm]] = {}
        if compare in ("all", "policies"):
            compared["policies"] = arms.policy_arms(ranker)
        if compare in ("all", "updates"):
            compared["updates"] = arms.update_arms(ranker)
        found = {
            name: _run(each, source, dealt, turns, seed, held, explanations=explanations)
            for name, each in compared.items()
        }
    gaps = {name: outcomes.compare(each, seed) for name, each in found.items()}
    if output is not None:
        from bot.evaluation.plots import save_session_plots

        for file in save_session_plots(found, output):
            click.echo(f"Wrote {file}", err=True)
    if as_json:
        print_json(
            {
                "people": len(people),
                "sessions": sum(map(len, dealt)),
                "turns": turns,
                "ranker": ranker,
                **{
                    name: outcomes.outcomes_document(each, gaps[name])
                    for name, each in found.items()
                },
            }
        )
        return
    console = wide_console()
    for name, each in found.items():
        sessions = sum(map(len, dealt))
        title = f"{name}: {len(people):,} people, {sessions:,} sessions of {turns} turns"
        console.print(outcomes.outcomes_table(title, each, gaps[name]))


def _run(
    arms: Sequence[Arm],
    source: RankerSource,
    dealt: Sequence[Sequence[SimulatedPerson]],
    turns: int,
    seed: int,
    notes: SessionNotes,
    *,
    explanations: bool,
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
                explanations=explanations,
                seed=seed,
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
                                turns=turns,
                                seed=seed + deal,
                                user=f"{person.name} {deal}",
                                judge=judge_reasons if explanations else None,
                            )
                            notes.add(key, session)
                        sessions.append(notes.held[key])
                        step(arm.name, place, len(people))
            seconds = time.perf_counter() - began
        found.append(outcome_of(arm.name, sessions, seconds=seconds, seed=seed))
    return found


def _ranker(name: str, source: RankerSource) -> Ranker:
    from bot.evaluation.simulation.arms import FILTER_ONLY, POPULAR, FilterOnly, PopularityList

    if name == POPULAR:
        return PopularityList(source.data.catalogue)
    kind, _, rest = name.partition(":")
    if kind == FILTER_ONLY and rest:
        return FilterOnly(source.build(rest))
    return source.build(name)
