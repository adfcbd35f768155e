"""The subcommands, one module for each package they speak to."""
