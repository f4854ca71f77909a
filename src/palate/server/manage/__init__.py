"""Managers' pages: projects, pools, progress, review and results."""
