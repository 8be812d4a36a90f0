"""The text in the terminal when the demo is ready."""

from demo.company import PASSWORD, SAMPLE_PEOPLE
from demo.programs import Programs


def banner(programs: Programs, *, seconds: float) -> str:
    addresses = "\n".join(f"  {name:<18} {address}" for name, address in programs.addresses().items())
    people = "\n".join(
        f"  {role:<13} {person.name:<18} {person.email:<34} {person.title}" for role, person in SAMPLE_PEOPLE.items()
    )
    return f"""
Dialtone is ready ({seconds:.0f} s). Press Ctrl-C to stop it. Your orders are kept for the next start.

{addresses}

Open {programs.api_url} and sign in as any of these people:

{people}

  Password           {PASSWORD}
  Sign-in codes      {programs.inbox_url}/authenticator

Programs use API tokens instead (`dialtone demo token ROLE`). Try this in another terminal to see what an iPhone with
a new line costs, and who needs to approve it:
  TOKEN=$(.venv/bin/dialtone demo token employee)
  curl -s "{programs.api_url}/api/v1/orders?dry_run=true" -H "Authorization: Bearer $TOKEN" \\
    -H "Content-Type: application/json" -d '{{"type": "NEW_SERVICE_DEVICE",
    "answers": {{"device": "IPHONE-17-256", "recurring_charges": true, "use_policy": true}}}}'
To submit the order, leave out ?dry_run=true. README.md shows what you can do next.
"""
