from contextlib import suppress
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints, ValidationError

from api.carrier_rules import operations
from api.carrier_rules.routes import RuleAddAccess, RuleReadAccess
from api.carrier_rules.schemas import CarrierRuleIn, CarrierRuleQuery, CarrierRuleView
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.schemas import RequestModel
from api.http.validation import field_errors
from models.carrier_rule import RuleKind, rule_kinds
from models.errors import InvalidRequest, RuleExists
from models.suspension_reason import ANY_REASON, REASON_GROUPS
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/admin/carrier-rules")
RuleCode = Annotated[str, Query(max_length=64)]
FormText = Annotated[str, StringConstraints(max_length=600)]
GROUPS = {group.code: group.label for group in REASON_GROUPS}


class RuleForm(RequestModel):
    """The fields of the form as they were sent; `published` is "no" for a rule without a value."""

    carrier: FormText = ""
    what: FormText = ""
    reasons: FormText = ANY_REASON.code
    published: FormText = "yes"
    value: FormText = ""
    unit: FormText = ""
    note: FormText = ""
    source: FormText = ""
    source_url: FormText = ""
    read_on: FormText = ""
    valid_from: FormText = ""

    def body(self) -> CarrierRuleIn:
        """Without the fields that are empty, except the value of a published rule. Raises ValidationError."""
        given: dict[str, Any] = {name: text for name, text in self.model_dump().items() if text.strip()}
        if given.pop("published", "yes") == "no":
            without = {"value", "unit"}
            return CarrierRuleIn(**{name: text for name, text in given.items() if name not in without})
        return CarrierRuleIn(**{"value": ""} | given)


@router.get("")
async def show_carrier_rules(
    request: Request, access: RuleReadAccess, services: ServicesDep, *, history: bool = False
) -> Response:
    rules = await operations.list_rules(services, access, CarrierRuleQuery(history=history))
    context = {
        "carriers": [(code, list(some)) for code, some in groupby(rules, key=lambda rule: rule.carrier)],
        "names": services.carrier_names,
        "groups": GROUPS,
        "kinds": rule_kinds(),
        "history": history,
        "can_add": access.is_allowed(Right.CARRIER_RULE_ADD),
    }
    return await render_page(request, services, access, "carrier_rules/list.html", context)


@router.get("/new")
async def show_new_rule(
    request: Request,
    access: RuleAddAccess,
    services: ServicesDep,
    *,
    carrier: RuleCode = "",
    what: RuleCode = "",
    reasons: RuleCode = ANY_REASON.code,
) -> Response:
    """First what the rule is about, then the rule itself, filled in with the one that is in force."""
    kind = rule_kinds().get(what)
    if kind is None or carrier not in services.carrier_names or reasons not in GROUPS:
        return await _choose(request, services, access, carrier=carrier)
    rules = await operations.list_rules(services, access, CarrierRuleQuery(carrier=carrier, what=what))
    group = reasons if kind.by_reason else ANY_REASON.code
    present = next((rule for rule in rules if rule.reasons == group), None)
    filled_in = RuleForm(carrier=carrier, what=what, reasons=group, **_filled_in(present)).model_dump()
    return await _form(request, services, access, kind, filled_in)


@router.post("/new")
async def add_rule(
    request: Request, access: RuleAddAccess, services: ServicesDep, form: Annotated[RuleForm, Form()]
) -> Response:
    kind = rule_kinds().get(form.what)
    if kind is None or form.carrier not in services.carrier_names or form.reasons not in GROUPS:
        return await _choose(request, services, access, carrier=form.carrier)
    try:
        with suppress(RuleExists):  # the button was pressed twice
            await operations.add(services, access, form.body())
    except ValidationError as error:
        errors = {str(one.field): one.detail for one in field_errors(error.errors())}
    except InvalidRequest as error:
        errors = {str(one.field): one.detail for one in error.errors}
    else:
        return RedirectResponse(f"/admin/carrier-rules#{form.carrier}", status_code=303)
    return await _form(request, services, access, kind, form.model_dump(), errors=errors)


def _filled_in(present: CarrierRuleView | None) -> dict[str, str]:
    if present is None:
        return {"published": "yes"}
    return {
        "published": "yes" if present.value is not None else "no",
        "value": str(present.value if present.value is not None else ""),
        "unit": present.unit or "",
        "note": present.note,
        "source": present.source,
        "source_url": present.source_url or "",
    }


async def _choose(request: Request, services: Services, access: Access, *, carrier: str) -> Response:
    context = {
        "names": services.carrier_names,
        "kinds": sorted(rule_kinds().values(), key=lambda kind: kind.label),
        "groups": GROUPS,
        "carrier": carrier,
    }
    return await render_page(request, services, access, "carrier_rules/choose.html", context)


async def _form(
    request: Request,
    services: Services,
    access: Access,
    kind: RuleKind,
    values: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
) -> Response:
    context = {
        "kind": kind,
        "carrier_name": services.carrier_names[values["carrier"]],
        "group": GROUPS[values["reasons"]],
        "values": values,
        "errors": errors or {},
    }
    return await render_page(
        request, services, access, "carrier_rules/form.html", context, status_code=422 if errors else 200
    )
