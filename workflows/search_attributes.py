"""Search attributes are plain text in Temporal: nothing private belongs here."""

from temporalio.common import SearchAttributeKey

TENANT = SearchAttributeKey.for_keyword("TenantId")
NUMBER = SearchAttributeKey.for_keyword("OrderNumber")
NEEDS_ATTENTION = SearchAttributeKey.for_bool("NeedsAttention")

SEARCH_ATTRIBUTES = {TENANT.name: "Keyword", NUMBER.name: "Keyword", NEEDS_ATTENTION.name: "Bool"}
