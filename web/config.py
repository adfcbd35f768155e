"""What the web service needs to know besides the database."""

from dataclasses import dataclass, field
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID Connect provider, such as the council's Entra ID."""

    issuer: str
    """Its address; `/.well-known/openid-configuration` lies below"""
    client_id: str
    client_secret: str = field(repr=False)
    roles_claim: str = "roles"
    """The claim that lists the person's roles, or groups that `roles` maps to them"""
    patches_claim: str = "patches"
    """The claim that lists a housing officer's patches; `*` is all"""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """How the pages are served.

    Raises:
        ValueError: the development sign-in beyond loopback, or no way to sign in at all.
    """

    secret: str = field(repr=False)
    """Signs the session cookies"""
    host: str = "127.0.0.1"
    port: int = 8000
    https: bool = False
    """Behind TLS: cookies are Secure, and browsers are told to stay with it"""
    oidc: Oidc | None = None
    development_sign_in: bool = False
    """Anybody signs in as anything with a click: only on this machine"""
    council: str = "Boroughsense"
    demo: bool = False
    """The pages say that they show a demonstration"""
    open_requests_per_minute: int = 300
    """How often one client may ask the open API; 0: as often as it likes"""
    contact: str = ""
    """Whom to ask about the open data: an address of e-mail or a page"""

    def __post_init__(self) -> None:
        """Refuse what would open the pages to everybody."""
        if self.development_sign_in and not is_loopback(self.host):
            raise ValueError(
                f"the development sign-in lets anybody in: it works on 127.0.0.1, not {self.host}"
            )
        if not self.development_sign_in and self.oidc is None:
            raise ValueError("there is no way to sign in: set web_oidc_issuer")


def is_loopback(host: str) -> bool:
    """Say whether an address is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
