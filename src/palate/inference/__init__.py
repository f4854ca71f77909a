"""Say how sure a difference is."""
