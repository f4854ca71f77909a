"""What answers at the annotators' addresses, a file each for one thing to do."""
