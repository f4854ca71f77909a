"""Words shared by all packages: tables, files, errors, registry, coding and random numbers."""
