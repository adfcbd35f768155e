"""Fixtures for every test: the shared data, a real PostgreSQL and a real broker."""

pytest_plugins = ["tests.fixtures.shared", "tests.fixtures.postgres", "tests.fixtures.broker"]
