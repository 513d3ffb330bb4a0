"""The page and its tabs: chat, taste, catalogue."""
