"""The words of an answer: sentences and their check, questions, reasons."""
