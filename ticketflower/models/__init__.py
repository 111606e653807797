"""The tables: columns, constraints, and facts about one row. One noun per module."""

from ticketflower.models.base import Base, Tenant
from ticketflower.models.company import Company, CompanyRole
from ticketflower.models.definition import TaskDefinition, TicketDefinition, WorkflowCompletion, WorkflowDefinition
from ticketflower.models.record import Activity, Draft, FileUpload, IdempotencyKey
from ticketflower.models.session import ApiToken, UserSession
from ticketflower.models.task import TaskInstance
from ticketflower.models.ticket import TicketError, TicketInstance, TicketLog
from ticketflower.models.user import SignInAttempt, Superuser, User, UserCompanyRole, UserLoad, UserSystemRole
from ticketflower.models.workflow import Correction, WorkflowData, WorkflowInstance

__all__ = [
    "Activity",
    "ApiToken",
    "Base",
    "Company",
    "CompanyRole",
    "Correction",
    "Draft",
    "FileUpload",
    "IdempotencyKey",
    "SignInAttempt",
    "Superuser",
    "TaskDefinition",
    "TaskInstance",
    "Tenant",
    "TicketDefinition",
    "TicketError",
    "TicketInstance",
    "TicketLog",
    "User",
    "UserCompanyRole",
    "UserLoad",
    "UserSession",
    "UserSystemRole",
    "WorkflowCompletion",
    "WorkflowData",
    "WorkflowDefinition",
    "WorkflowInstance",
]
