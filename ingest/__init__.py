"""From the broker to the database: the story of an uplink, and the two loops on stored data."""
