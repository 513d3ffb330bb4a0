"""Giving memory back: how the C library keeps what a server's many threads have freed.

Keys and values of a conversation are some tens of megabytes that come and go. Left to itself glibc
moves blocks of that size, once one was freed, into heaps of each thread's own, and hardly ever
gives them back: eight people talking at once cost 450 MB, with the limits set here 230.
"""

from __future__ import annotations

import ctypes
import sys

ARENA_MAX, MMAP_THRESHOLD = -8, -3
"""glibc's names for the limits, from its ``malloc.h``."""
HEAPS = 2
LARGE = 4 * 2**20
"""Blocks from this size on (bytes) are mapped by themselves, and unmapped when they are freed."""


def limit_heaps() -> bool:
    """Set the limits for this process, before its threads start; whether that could be done."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL("libc.so.6")
        return bool(library.mallopt(ARENA_MAX, HEAPS) and library.mallopt(MMAP_THRESHOLD, LARGE))
    except (OSError, AttributeError):  # another C library
        return False
