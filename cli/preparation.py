"""What Dialtone needs before its first start."""

from typing import TYPE_CHECKING

from cli.environment import temporal

if TYPE_CHECKING:
    from models.settings import Settings


async def bootstrap(settings: "Settings") -> None:
    from temporalio.api.enums.v1 import IndexedValueType
    from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest

    from models.db.migrations.migrate import migrate as migrate_database
    from workflows.search_attributes import SEARCH_ATTRIBUTES

    await migrate_database(settings.database_url)
    async with temporal(settings) as client:
        operator, namespace = client.operator_service, client.namespace
        known = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        missing = {
            name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
            for name, kind in SEARCH_ATTRIBUTES.items()
            if name not in known.custom_attributes
        }
        if missing:
            request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
            await operator.add_search_attributes(request)
