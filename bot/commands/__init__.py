"""The commands of `tastebot`, one module each.

A module ``bot/commands/NAME.py`` has a click command (or group) called `command`; it becomes
``tastebot NAME`` when NAME stands in `bot.cli.COMMANDS`. It is imported only when it is used; what
takes long to import (torch, gradio) is imported inside the function. Its `epilog` is one example.
Errors are raised as `bot.core.errors.TastebotError`; `bot.cli` prints them and sets the exit code.
`bot.commands.terminal` has what the commands share.
"""
