"""Which passages of a message name items, people and attribute values."""
