"""Filters of the annotators' templates."""
