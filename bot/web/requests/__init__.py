"""What a request meets before any page: names, origins, sizes, shares, files."""
