"""Who logs in: accounts, their roles in projects, invitations and tokens."""
