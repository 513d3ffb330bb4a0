"""What all other code builds on: values, Protocols, errors, settings, and kept files."""
