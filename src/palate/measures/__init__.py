"""Measures of rankings: values that print, parse, compare and compute."""
