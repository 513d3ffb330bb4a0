"""Tastebot: a recommender you talk to."""

__version__ = "0.1.0"
