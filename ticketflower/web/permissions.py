"""Who may call a route. Each says so when it is registered: ``@work.get("/tasks", allow=SystemRole.TASK_WORKER)``.

One that doesn't can't be registered (``TicketFlower.add_url_rule``; security.md, Web).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may call a route.

    Attributes:
        signed_in: False lets everybody in.
        roles: one of these is needed; none named lets everybody in who is signed in.
    """

    signed_in: bool
    roles: frozenset[SystemRole] = frozenset()

    @classmethod
    def of(cls, allow: Permission | SystemRole | Iterable[SystemRole]) -> Permission:
        """The permission that a route's ``allow=`` means: one of the constants, a role, or several roles."""
        if isinstance(allow, Permission):
            return allow
        roles = frozenset([allow] if isinstance(allow, SystemRole) else map(SystemRole, allow))
        if not roles:
            raise ValueError("No role is named. Write SIGNED_IN for everybody who is signed in.")
        return cls(signed_in=True, roles=roles)

    def lets_in(self, actor: Actor | None) -> bool:
        """Whether somebody (None: nobody is signed in) may call the route."""
        if not self.signed_in:
            return True
        return actor is not None and (not self.roles or actor.has(*self.roles))

    def in_words(self) -> str:
        """The roles, for a sentence: "ticket_admin or task_worker"."""
        return " or ".join(role.value for role in SystemRole if role in self.roles)


#: Everybody, signed in or not.
PUBLIC = Permission(signed_in=False)
#: Everybody who is signed in, whatever their roles.
SIGNED_IN = Permission(signed_in=True)

Allow = Permission | SystemRole | Iterable[SystemRole]
