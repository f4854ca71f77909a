"""The HTTP API: what managers and programs do without pages, by the same functions as the pages."""
