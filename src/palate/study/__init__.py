"""The loop: one file a step, artifacts on disk, resumable."""
