"""What is known of a person: events from messages, their fold into facts, and dials."""
