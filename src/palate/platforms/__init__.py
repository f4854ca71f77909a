"""Ask people: one file a place where they are asked."""
