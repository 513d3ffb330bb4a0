"""What is known of a person: the events of a message, their fold, and the dials."""
