"""What annotators see: the way in, pages of tasks, earnings and messages."""
