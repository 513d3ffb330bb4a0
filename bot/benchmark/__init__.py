"""Measuring speed and memory on the machine at hand, each beside plain `transformers`.

Only ratios of one run count: what else a machine does can halve every absolute figure.
"""
