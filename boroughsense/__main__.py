"""`python -m boroughsense` is the command `boroughsense`."""

from boroughsense.cli import main

if __name__ == "__main__":
    main()
