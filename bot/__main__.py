"""The start of the command `tastebot`, installed or as ``python -m bot``.

Imports nothing but what Python has loaded anyway: Ctrl-C while the rest is imported ends it too.
"""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run a command and leave with its exit code."""
    try:
        from bot import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
