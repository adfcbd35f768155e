-- What ChirpStack's schema needs.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hstore;
