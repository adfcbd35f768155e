"""Addresses in the settings, checked when they are read."""

from urllib.parse import urlsplit


def web_url(url: str) -> str:
    """Take a URL of the web as it is.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("should be http://host/path or https://host/path")
    return url
