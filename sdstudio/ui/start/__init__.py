"""What is seen when the program starts with nothing to open: new, open, recent files, examples."""
