"""The files by which a borough brings a codec of its own: read strictly, every mistake at once."""
