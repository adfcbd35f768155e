"""Fixtures for every test: the shared data, a real PostgreSQL and a real broker."""

pytest_plugins = [
    "tests.fixtures.logs",
    "tests.fixtures.shared",
    "tests.fixtures.timescale",
    "tests.fixtures.effort",
    "tests.fixtures.postgres",
    "tests.fixtures.storage",
    "tests.fixtures.broker",
    "tests.fixtures.stage",
    "tests.fixtures.provider",
    "tests.fixtures.web",
    "tests.fixtures.open_data",
    "tests.fixtures.borough",
    "tests.fixtures.browser",
]
