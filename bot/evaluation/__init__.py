"""Measuring rankers: metrics, intervals, baselines, reports and plots.

What is measured is whatever satisfies `bot.core.protocols.Ranker`; the tuned ranker itself lives in
`bot.ranking`, the files' readers in `bot.data`.
"""
