"""Turn noisy answers of many people into judgments with a stated uncertainty."""
