"""All SQL, in one place: the only package that talks to PostgreSQL."""
