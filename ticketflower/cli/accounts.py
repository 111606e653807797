"""Commands that make companies, people, superusers and tokens."""

from __future__ import annotations

import click

from ticketflower.cli.commands import Outcome, answers, command_line, sessions
from ticketflower.clock import utc_now
from ticketflower.services import accounts, operators


@command_line.cli.group("company")
def company() -> None:
    """Companies."""


@company.command("create")
@click.argument("name")
@click.option("--admin-email", required=True, help="The first person's email address.")
@click.option("--admin-password", required=True, help="The first person's password.")
@answers
def create_company(name: str, admin_email: str, admin_password: str) -> Outcome:
    """Make the company NAME and its first person, who gets every system role."""
    with sessions()() as session:
        company_id, user_id = accounts.sign_up(session, name, admin_email, admin_password, "", "", utc_now())
    line = f"Company {company_id} with its first person, user {user_id}."
    return Outcome({"company_id": company_id, "user_id": user_id}, [line])


@command_line.cli.group("user")
def user() -> None:
    """A company's people."""


@user.command("create")
@click.argument("email")
@click.option("--company", "company_id", type=int, required=True, help="The company's number.")
@click.option("--password", required=True)
@click.option("--system-role", "system_roles", multiple=True, help="Again for each role.")
@click.option("--company-role", "company_roles", multiple=True, help="Again for each role; made when it is missing.")
@answers
def create_user(
    email: str, company_id: int, password: str, system_roles: tuple[str, ...], company_roles: tuple[str, ...]
) -> Outcome:
    """Add a person with the address EMAIL to a company."""
    with sessions()() as session:
        user_id = operators.add_user(session, company_id, email, password, system_roles, company_roles, utc_now())
    return Outcome({"user_id": user_id}, [f"User {user_id}."])


@command_line.cli.group("superuser")
def superuser() -> None:
    """The platform's staff."""


@superuser.command("create")
@click.argument("email")
@click.option("--password", required=True)
@answers
def create_superuser(email: str, password: str) -> Outcome:
    """Add a superuser with the address EMAIL."""
    with sessions()() as session:
        user_id = operators.add_superuser(session, email, password, utc_now())
    return Outcome({"user_id": user_id}, [f"Superuser {user_id}."])


@command_line.cli.group("token")
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("email")
@answers
def create_token(email: str) -> Outcome:
    """Make a token that acts as the user with the address EMAIL. It is shown once."""
    with sessions()() as session:
        secret = operators.add_token(session, email, utc_now())
    return Outcome({"token": secret}, [secret])
