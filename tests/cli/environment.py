"""The variables of a Dialtone on the servers of the tests."""

from temporalio.testing import WorkflowEnvironment

from models.db.session import Database, new_id


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def variables(database: Database, temporal: WorkflowEnvironment, *, namespace: str | None = None) -> dict[str, str]:
    """For development, with a namespace that doesn't exist unless one is named."""
    return {
        "DIALTONE_ENVIRONMENT": "development",
        "DATABASE_URL": url_of(database),
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": namespace or f"test-{new_id().lower()}",
    }
