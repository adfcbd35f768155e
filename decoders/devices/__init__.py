"""One device family a module, with its frame drawn at the top and its vectors beside it."""
