"""The metadata of the whole schema: importing this module loads every table."""

from sqlmodel import SQLModel

import models.db.accounts.tables
import models.db.announcements.tables
import models.db.approvals.tables
import models.db.audit.tables
import models.db.carriers.tables
import models.db.catalog.tables
import models.db.inventory.tables
import models.db.notifications.tables
import models.db.orders.tables
import models.db.outbox.tables
import models.db.people.tables
import models.db.sign_in.tables
import models.db.workflow_health.tables  # noqa: F401

metadata = SQLModel.metadata
