"""What every room stands on: values, seams, errors, settings, and how files are kept."""
