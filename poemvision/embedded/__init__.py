"""The embedded mode: PostgreSQL, Redis and every process of the project, out of Python wheels, under one supervisor."""
