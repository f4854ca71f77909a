"""Say how far annotators agree."""
