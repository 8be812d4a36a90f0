"""The codec server of the Temporal UI, for admins who signed in to Dialtone in the same browser a short time ago.

It only decrypts: who could encrypt could send orders messages that Dialtone did not make.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from api.deps import Access, Needs, ServicesDep
from api.http.problems import error_responses
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.encryption import Keyring
from models.errors import InvalidRequest
from models.workflow_ref import WorkflowRef
from outbox.payload_codec import MAX_PLAIN_BYTES, EncryptionCodec, UnreadablePayload, workflow_of
from policies.access import Right

router = APIRouter(prefix="/codec", tags=["codec"], include_in_schema=False)
PayloadAccess = Annotated[Access, Depends(Needs(Right.PAYLOAD_READ))]
MAX_BYTES = 4 * 1024 * 1024
# Of how many workflows one request may read payloads: an entry of the audit log names each.
MAX_WORKFLOWS = 100


@router.post("/decode", max_body_size=MAX_BYTES, responses=error_responses(401, 403, 413, 422, 503))
async def decode_payloads(request: Request, services: ServicesDep, access: PayloadAccess) -> Response:
    """Decrypt payloads of the tenant that the Temporal UI shows, and first record who reads them."""
    body = await request.body()
    decoded, workflow_ids = await asyncio.to_thread(_decode, body, services.keyring, access.person.tenant)
    if workflow_ids:
        action, by, at = AuditAction.PAYLOADS_READ, access.audit_actor, services.now()
        await services.database.run(audit_log.record, action, by=by, to=access.person, at=at, workflows=workflow_ids)
    return Response(decoded, media_type="application/json")


def _decode(body: bytes, keyring: Keyring, tenant: str) -> tuple[str, list[str]]:
    """The decrypted payloads as JSON, and the ids of the workflows that they belong to."""
    try:
        received = json_format.Parse(body, Payloads())
        workflow_ids = sorted(set(map(workflow_of, received.payloads)))
        if len(workflow_ids) > MAX_WORKFLOWS:
            raise InvalidRequest(f"Ask about at most {MAX_WORKFLOWS} workflows at once.")
        plain = _open(received, keyring, tenant)
    except (json_format.ParseError, UnicodeDecodeError, RecursionError, UnreadablePayload):
        raise InvalidRequest("These payloads can't be read.") from None
    return json_format.MessageToJson(plain, indent=None), workflow_ids


def _open(received: Payloads, keyring: Keyring, tenant: str) -> Payloads:
    """All payloads together may be as long as one may be."""
    opened: list[Payload] = []
    left = MAX_PLAIN_BYTES
    for payload in received.payloads:
        workflow_id = workflow_of(payload)
        workflow = WorkflowRef.parse(workflow_id)
        if workflow is None or workflow.tenant != tenant:
            raise UnreadablePayload("of another tenant")
        opened.append(EncryptionCodec(keyring, workflow_id).open(payload, limit=left))
        left -= opened[-1].ByteSize()
    return Payloads(payloads=opened)
