"""Views of managers' pages."""
