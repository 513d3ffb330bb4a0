"""People, their events, conversations and turns."""
