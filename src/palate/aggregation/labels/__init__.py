"""Aggregate categorical answers: one file a method."""
