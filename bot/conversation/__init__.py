"""One turn from message to answer, and what the page and the terminal may ask for."""
