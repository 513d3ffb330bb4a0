"""Item vectors, items across catalogues, and how likely an item is to be talked about."""
