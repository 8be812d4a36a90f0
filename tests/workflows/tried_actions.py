"""What people are offered on an order, and what the server takes of everything that they could send."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from models.db.approvals.tables import ApprovalRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.order import Order
from models.questions.returns import PICKUP_FROM
from models.task import task_kind
from tests.workflows.trial_updates import ACCEPTED, TrialUpdates
from tests.workflows.workflow_env import WorkflowEnv

STRANGER = "01PER0000000000000000000ST"  # a person without ties to the order
# By action: the path below the order, and a body that is right wherever the action is.
REQUESTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "provide_info": ("info", {"answer": "The third one."}),
    "reassign": ("reassign", {"to_id": STRANGER}),
    "cancel": ("cancel", {"reason": "Not needed."}),
    "reschedule": ("reschedule", {}),
    "activate": ("activate", {}),
    "confirm_receipt": ("confirm-receipt", {}),
    "report_not_received": ("report-not-received", {}),
    "start_return": (
        "start-return",
        {"answers": {"condition": "working", "account_removed": True, "pickup_from": PICKUP_FROM.example}},
    ),
    "keep_waiting": ("keep-waiting", {}),
    "correct": ("correct", {"fields": {"service_zip": "60601"}}),
}
DECISIONS = ("approve", "reject", "request_info")
# By action: the ID of what offers it on the order's page. Approvals are reassigned on a page of their own.
BUTTONS = {
    "approve": "review", "reject": "review", "request_info": "review", "provide_info": "answer",
    "activate": "activate-1", "confirm_receipt": "confirm-receipt-1", "report_not_received": "not-received-1",
    "start_return": "start-return-1", "keep_waiting": "keep-waiting", "correct": "correct",
    "reschedule": "reschedule", "cancel": "cancel",
}  # fmt: skip

Roles = dict[str, set[str]]  # the letters of roles, by action


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An order, and the clients of people by the letter of their role. Every action is tried, and none is done."""

    env: WorkflowEnv
    order: Order
    people: Mapping[str, httpx2.AsyncClient]

    async def offered(self) -> Roles:
        """By action, who is offered it by the API; a choice of a task counts as `task …`."""
        found: Roles = defaultdict(set)
        for role, client in self.people.items():
            answer = await client.get(f"/api/v1/orders/{self.order.id}")
            if answer.status_code == 404:
                continue
            view = answer.json()
            for action in view["allowed_actions"]:
                found[action].add(role)
            for task in view["tasks"]:
                for choice in (await client.get(f"/api/v1/tasks/{task['id']}")).json()["choices"]:
                    found[f"task {choice['code']}"].add(role)
        return dict(found)

    async def shown(self, buttons: Mapping[str, str], roles: Collection[str]) -> Roles:
        """By action, who of these people has something on the order's page that leads to it."""
        found: Roles = defaultdict(set)
        for role in roles:
            page = (await self.people[role].get(f"/orders/{self.order.id}", headers={"Accept": "text/html"})).text
            for action, button in buttons.items():
                if f'id="{button}"' in page:
                    found[action].add(role)
        return dict(found)

    async def taken(self, tries: Callable[[str], Collection[str]]) -> Roles:
        """By action, from whom of the people who try it the server takes it."""
        found: Roles = defaultdict(set)
        TrialUpdates.on_trial.add(self.order.workflow_id)
        try:
            async for action, path, body in self._requests():
                for role in tries(action):
                    answer = await self.people[role].post(path, json=body)
                    if answer.status_code < 300 or answer.json()["detail"] == ACCEPTED:
                        found[action].add(role)
        finally:
            TrialUpdates.on_trial.discard(self.order.workflow_id)
        return dict(found)

    async def _requests(self) -> AsyncIterator[tuple[str, str, Mapping[str, Any]]]:
        path = f"/api/v1/orders/{self.order.id}"
        approvals = sorted(await self.env.rows(ApprovalRow, self.order), key=lambda row: row.state != "pending")
        asked = {"from_id": approvals[0].approver_id} if approvals else {}
        of_order = {"reschedule": {"effective_at": (utc_now() + timedelta(days=20)).isoformat()}, "reassign": asked}
        for action, (name, body) in REQUESTS.items():
            yield action, f"{path}/{name}", {**body, **of_order.get(action, {})}
        for approval in approvals[:1]:
            for decision in DECISIONS:
                yield decision, f"/api/v1/approvals/{approval.id}/decision", {"decision": decision, "comment": "Why?"}
        for task in await self.env.rows(TaskRow, self.order):
            for choice in task_kind(task.kind).choices:
                if choice.sends is not None:
                    body = {"choice": choice.code, "text": "Done, see T-7."}
                    yield f"task {choice.code}", f"/api/v1/tasks/{task.id}/settle", body
