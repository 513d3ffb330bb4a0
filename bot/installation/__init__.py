"""What a start needs on this machine: made, looked over, cleared away."""
