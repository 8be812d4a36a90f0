"""What the requests of the matrix send."""

from datetime import UTC, datetime, timedelta

NEXT_WEEK = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
}
WHY = {"evidence": "Ticket 7."}
DONE_BY_HAND = {"choice": "done", "text": "Ticket 7."}
REASON = {"reason": "They asked, and were checked."}
ANNOUNCEMENT = {"title": "New phones", "text": "They are here."}
ACCEPTED = {"question": "use_policy", "version": 7}
CONSENT_TEXT = {"title": "Acceptable use policy", "text": "Use it for your work."}
NINA = {"name": "Nina Lang", "email": "nina@acme.example.com", "employee_number": "A9001", "account": "{account}"}
COMPANY = {
    "name": "Acme",
    "time_zone": "America/Denver",
    "opens": "08:00",
    "closes": "16:00",
    "holidays_country": "US",
}
OWNER = {"roles": ["owner"], "owns": ["FA-1110"]}
CENTERS = {"codes": ["CC-1110"], "take_over": ["CC-1110"]}
DETAILS = {"name": "Jordan Blake", "employee_number": "A9100", "title": "Clerk", "account": "{account}"}
CARRIER_RULE = {
    "carrier": "northwind",
    "what": "recover_days",
    "value": 30,
    "source": "Our contract",
    "source_url": "https://northwind.example/contract",
    "read_on": "2026-01-05",
}
REPORT_FILE = b"account_number,phone_number\n287301190,3125550142\n"
ACCOUNTS_FILE = b"number,name\nFA-9001,Night shift\n"
DIGEST = {"digest": "{digest}"}
BILLING_CHANGE = {"account": "{account}", "name_on_bill": "Acme", "billing_zip": "60601", "cycle_day": 9}
BILLING = {"carrier": "bluepeak", "number": "99-1", **BILLING_CHANGE}
CREDENTIALS = {"credentials": "open sesame"}
SITE = {"name": "Depot 9", "account": "{account}"}
KIT = {"name": "Field work", "device": "IPHONE-17-256", "plan": "NW-UNLIMITED"}
