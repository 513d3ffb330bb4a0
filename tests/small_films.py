"""Some well-known films: a catalogue small enough that its right answers are known."""

from __future__ import annotations

from bot.core.values import Item


def film(
    item_id: str, title: str, year: int, genres: str, directors: str, cast: str, runtime: float
) -> Item:
    return Item(
        item_id=item_id,
        title=title,
        year=year,
        attributes={
            "genres": tuple(genres.split("|")),
            "directors": tuple(directors.split("|")),
            "cast": tuple(cast.split("|")),
        },
        numbers={"runtime": runtime},
        description=f"A film called {title}.",
        popularity=float(runtime),
    )


FILMS: tuple[Item, ...] = (
    film("heat", "Heat", 1995, "Crime|Drama", "Michael Mann", "Al Pacino|Robert De Niro", 170),
    film(
        "ronin",
        "Ronin",
        1998,
        "Action|Crime",
        "John Frankenheimer",
        "Robert De Niro|Jean Reno",
        122,
    ),
    film("collateral", "Collateral", 2004, "Crime|Thriller", "Michael Mann", "Tom Cruise", 120),
    film("insider", "The Insider", 1999, "Drama|Thriller", "Michael Mann", "Al Pacino", 157),
    film("seven", "Se7en", 1995, "Crime|Thriller", "David Fincher", "Brad Pitt", 127),
    film("zodiac", "Zodiac", 2007, "Crime|Drama", "David Fincher", "Jake Gyllenhaal", 157),
    film("fargo", "Fargo", 1996, "Crime|Comedy", "Joel Coen|Ethan Coen", "Frances McDormand", 98),
    film("lebowski", "The Big Lebowski", 1998, "Comedy|Crime", "Joel Coen", "Jeff Bridges", 117),
    film("groundhog", "Groundhog Day", 1993, "Comedy|Romance", "Harold Ramis", "Bill Murray", 101),
    film(
        "lost",
        "Lost in Translation",
        2003,
        "Drama|Romance",
        "Sofia Coppola",
        "Bill Murray|Scarlett Johansson",
        102,
    ),
    film("alien", "Alien", 1979, "Horror|Sci-Fi", "Ridley Scott", "Sigourney Weaver", 117),
    film("arrival", "Arrival", 2016, "Drama|Sci-Fi", "Denis Villeneuve", "Amy Adams", 116),
    film(
        "markup",
        "<b>Bold</b> & ${Brash} <img src=x onerror=alert(1)>",
        2001,
        "Comedy|<i>Odd</i>",
        "O'Neil <script>alert(2)</script>",
        "Bobby `Tables`",
        90,
    ),
)
