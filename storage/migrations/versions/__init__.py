"""One file a step, numbered from 0001."""
