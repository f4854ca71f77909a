"""Learn from what users did what to show them next."""
