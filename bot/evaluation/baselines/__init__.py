"""Rankers to compare with, fitted on dialogues or interactions, with no language model."""
