"""Tags of managers' templates."""
