"""What is said: sentences the model writes and the checks they pass, questions and reasons."""
