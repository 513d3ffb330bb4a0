"""How values become markup, words, colours and events in the browser."""
