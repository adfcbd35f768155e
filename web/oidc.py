"""Sign-in through the council's OpenID Connect provider: authorization code with PKCE.

What the provider says of a person decides what they see: one claim lists roles, another the housing
patches (`*` is all). Somebody without a role of ours is refused; nobody is given one by default.
"""

from collections.abc import Mapping
from typing import Any

from authlib.integrations.starlette_client import OAuth

from web.config import Oidc
from web.identity import Person, Role

ALL_PATCHES = "*"


class NoRole(Exception):
    """The provider knows the person, and gives them no role here."""


def client(config: Oidc) -> Any:  # noqa: ANN401 - the package has no types
    """Make the client of a provider; it reads the provider's own description when it is used."""
    oauth = OAuth()
    return oauth.register(
        name="council",
        server_metadata_url=f"{config.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=config.client_id,
        client_secret=config.client_secret,
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )


def person(claims: Mapping[str, Any], config: Oidc) -> Person:
    """Give the person that an ID token speaks of.

    Raises:
        NoRole: none of the roles is one of ours.
    """
    roles = frozenset(Role(name) for name in _listed(claims, config.roles_claim) if name in _KNOWN)
    if not roles:
        raise NoRole("your account has no role here: ask for one of " + ", ".join(sorted(_KNOWN)))
    patches = _listed(claims, config.patches_claim)
    return Person(
        name=str(claims.get("name") or claims.get("email") or claims["sub"]),
        email=str(claims.get("email") or ""),
        roles=roles,
        patches=None if ALL_PATCHES in patches else frozenset(patches),
    )


_KNOWN = frozenset(role.value for role in Role)


def _listed(claims: Mapping[str, Any], name: str) -> list[str]:
    """Read a claim that is a list of texts, or one text with spaces between."""
    value = claims.get(name)
    if isinstance(value, str):
        return value.split()
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
