"""Catalogues: read from files, imported, searched, loaded into memory."""
