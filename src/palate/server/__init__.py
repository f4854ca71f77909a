"""The web platform: managers publish pools of tasks, annotators answer them, and no answer is lost."""
