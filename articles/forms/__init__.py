"""The operator's forms: what is typed into the admin."""
