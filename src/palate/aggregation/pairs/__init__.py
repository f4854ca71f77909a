"""Aggregate comparisons: one file a method."""
