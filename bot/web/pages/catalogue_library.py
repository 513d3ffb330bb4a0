"""The catalogues beside the one that is talked about: what the page may see and add of them.

A thin layer over `storage.catalogue.catalogues`. A file that the page gets makes a catalogue of a
new name and replaces none: what others talk about stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from bot.core.errors import UsageError
from bot.core.protocols import Catalogue
from storage.catalogue.catalogue_import import ImportReport
from storage.catalogue.catalogue_preview import CataloguePreview, preview_catalogue
from storage.catalogue.catalogues import BUILT_IN, Catalogues, catalogue_name


class Shelf:
    """Lists, shows, previews and adds catalogues; keeps the one last looked at in memory.

    What is added everybody sees, so where people have accounts the page does not take files
    (`takes_files`), and adding is left to the owner of the machine.
    """

    def __init__(
        self, catalogues: Catalogues, *, adult: bool = False, takes_files: bool = True
    ) -> None:
        self.takes_files = takes_files
        self._catalogues = catalogues
        self._adult = adult
        self._last: tuple[str, Catalogue] | None = None
        self._lock = Lock()

    def names(self) -> list[str]:
        """What catalogues there are."""
        return [info.name for info in self._catalogues.list()]

    def view(self, name: str) -> Catalogue:
        """A catalogue to browse. Raises CatalogueError when there is none of that name."""
        info = self._catalogues.info(name)
        fingerprint = info.fingerprint if info is not None else ""
        with self._lock:
            if self._last is None or self._last[0] != fingerprint or self._last[1].name != name:
                self._last = (fingerprint, self._catalogues.view(name, adult=self._adult))
            return self._last[1]

    def preview(self, path: Path) -> CataloguePreview:
        """What is in a file, and what is wrong with it; stores nothing."""
        return preview_catalogue(path)

    def add(self, name: str, path: Path) -> ImportReport:
        """Import a file as a new catalogue, all or nothing.

        Raises UsageError for a name that cannot be one or is taken, CatalogueError naming the row.
        """
        name = catalogue_name(name.strip())
        if name in BUILT_IN or name in self.names():
            raise UsageError(
                "Expected a name that no catalogue has",
                found=repr(name),
                remedy="Choose another, or replace it with: tastebot catalogue import",
            )
        return self._catalogues.import_file(name, path)
