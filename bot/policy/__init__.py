"""What to do next: ask (which question?) or recommend. Words are left to `bot.replies`."""
