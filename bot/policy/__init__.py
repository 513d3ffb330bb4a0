"""What to do next: recommend, ask, explain or answer; and which question.

Words are left to `bot.replies`.
"""
