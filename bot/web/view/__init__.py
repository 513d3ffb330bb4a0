"""Cards, markup, wording and colours."""
