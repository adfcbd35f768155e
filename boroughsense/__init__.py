"""The command line, the settings and the demo: wires everything, holds no logic."""
