"""What is kept: people, conversations, turns, events, catalogues, items.

    database = open_database(settings.database_url, settings.home)
    people = People(database)                # bot.core.protocols.PersonStore
    catalogues = Catalogues(database)        # import, list, delete
    films = catalogues.view("films", adult=settings.adult)   # bot.core.protocols.Catalogue

`open_database` brings the schema up to date. Everything is thread-safe; rows and SQL stay inside
this package. Import the names from their modules: `storage.sql.database`, `storage.person.people`,
`storage.catalogue.catalogues`.
"""
