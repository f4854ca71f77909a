"""Pictures and the page of the verdict."""
