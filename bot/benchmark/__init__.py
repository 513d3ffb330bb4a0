"""Measuring speed and memory on this machine, each beside plain `transformers`.

Only ratios of one run count: what else a machine does can halve every absolute figure.
"""
