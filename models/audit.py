"""Audited uses of people's access and changes to it, and who made them."""

from dataclasses import dataclass
from enum import StrEnum

from models.order import SYSTEM, Actor, ActorKind, Channel


class AuditAction(StrEnum):
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    LOCKED_OUT = "locked_out"
    STEPPED_UP = "stepped_up"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word, no password
    FACTOR_ENROLLED = "factor_enrolled"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    RESET_REQUESTED = "reset_requested"
    TOKEN_CREATED = "token_created"  # noqa: S105 - a word, no token
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a word, no token
    PERSON_CREATED = "person_created"
    PERSON_INVITED = "person_invited"
    PERSON_CHANGED = "person_changed"
    ROLES_CHANGED = "roles_changed"
    COST_CENTERS_CHANGED = "cost_centers_changed"
    PERSON_DEACTIVATED = "person_deactivated"
    PERSON_REACTIVATED = "person_reactivated"
    LEAVE_STARTED = "leave_started"
    LEAVE_CHANGED = "leave_changed"
    LEAVE_CHOSEN = "leave_chosen"
    LEAVE_CANCELED = "leave_canceled"
    USER_NAME_LOOKED_UP = "user_name_looked_up"
    RESET_LINK_SENT = "reset_link_sent"
    FACTOR_RESET = "factor_reset"
    EMAIL_RESENT = "email_resent"
    APPROVAL_LINK_REFUSED = "approval_link_refused"
    PAYLOADS_READ = "payloads_read"
    WORKFLOW_ENDED = "workflow_ended"
    EMAIL_SWITCHED_OFF = "email_switched_off"
    EMAIL_SWITCHED_ON = "email_switched_on"
    CARRIER_RULE_CHANGED = "carrier_rule_changed"
    COMPANY_CHANGED = "company_changed"
    TENANT_CREATED = "tenant_created"
    SITE_CHANGED = "site_changed"
    KIT_CHANGED = "kit_changed"
    CARRIER_ACCOUNT_CHANGED = "carrier_account_changed"
    CRITICAL_NUMBERS_CHANGED = "critical_numbers_changed"
    CONSENT_TEXT_PUBLISHED = "consent_text_published"
    IMPORT_APPLIED = "import_applied"
    IMPORT_UNDONE = "import_undone"
    EXPORTED = "exported"


@dataclass(frozen=True, kw_only=True)
class AuditActor:
    """Who acts, by which channel and from which IP address. `id` is None before sign-in."""

    id: str | None
    name: str
    channel: Channel
    address: str

    @property
    def in_history(self) -> Actor:
        """The same as recorded in an order's history; an operator acts for Dialtone."""
        if self.id is None:
            return SYSTEM
        return Actor(kind=ActorKind.PERSON, id=self.id, name=self.name, channel=self.channel)


@dataclass(frozen=True, kw_only=True)
class AuditSubject:
    """What someone acts on that is no person."""

    tenant: str
    id: str | None
    name: str
