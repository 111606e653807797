"""Who does something: the person behind a request, with what they may do, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass, field

from ticketflower.engine.words import SystemRole


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in their company, as they are at this request.

    Args:
        user_id: the person.
        company_id: the company that they work in.
        name: first and last name, as shown.
        email: their address.
        system_roles: what they may do (checklist B1 to B5).
        company_roles: names of the company's own roles that they hold.
        company_name: shown in every page's header.
        time_zone: IANA name of the zone that they read times in.
        theme: ``system``, ``light`` or ``dark``.
    """

    user_id: int
    company_id: int
    name: str
    email: str
    system_roles: frozenset[SystemRole]
    company_roles: frozenset[str] = field(default_factory=frozenset)
    company_name: str = ""
    time_zone: str = "UTC"
    theme: str = "system"

    def has(self, *roles: SystemRole) -> bool:
        """Whether the person has at least one of these roles."""
        return not self.system_roles.isdisjoint(roles)

    def may_by_company_role(self, company_role_access: tuple[str, ...] | list[str]) -> bool:
        """Whether a list of company roles lets the person in; an empty list lets everybody in (checklist B11)."""
        return not company_role_access or not self.company_roles.isdisjoint(company_role_access)
