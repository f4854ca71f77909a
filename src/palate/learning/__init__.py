"""Learn to rank from judgments."""
