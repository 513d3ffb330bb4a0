"""The processor's threads and the process's memory."""
