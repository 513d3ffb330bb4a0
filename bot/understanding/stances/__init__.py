"""What a person thinks of each thing they mention."""
