"""Asking itself: claiming pages, submitting, reviewing, paying, and the quality rules."""
