"""Readers of files to train and measure with: dialogues, queries, interactions.

The readers turn files into frozen values and say where a file is broken; `linking` moves the
values onto a catalogue's ids; `leakage` refuses to measure on what was trained on. Catalogue
files belong to the catalogue's own importers.
"""
