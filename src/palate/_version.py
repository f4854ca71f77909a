"""The version, alone in a file so that builds and commands read it without importing anything else."""

__version__ = "0.1.0"
