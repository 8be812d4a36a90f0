from collections.abc import Mapping
from types import MappingProxyType

from models.facts import Role

ROLE_NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.OWNER: "Account owner",
        Role.DESK: "Vendor desk agent",
        Role.SUPPORT: "Support agent",
        Role.CARE: "Care agent",
        Role.ADMIN: "Admin",
        Role.AUDITOR: "Auditor",
        Role.SERVICE: "Service account",
    }
)
