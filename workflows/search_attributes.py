"""Search attributes are plain text in Temporal: nothing private belongs here."""

from collections.abc import Mapping
from types import MappingProxyType

from temporalio.common import SearchAttributeKey

TENANT = SearchAttributeKey.for_keyword("TenantId")
NUMBER = SearchAttributeKey.for_keyword("OrderNumber")
NEEDS_ATTENTION = SearchAttributeKey.for_bool("NeedsAttention")
# Queries for running workflows: all, and those of orders (those of timers and tasks have other ids).
RUNNING = 'ExecutionStatus = "Running"'
RUNNING_ORDERS = f'{RUNNING} AND WorkflowId STARTS_WITH "order:"'

SEARCH_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {TENANT.name: "Keyword", NUMBER.name: "Keyword", NEEDS_ATTENTION.name: "Bool"}
)
