"""What the terminal shows when the demo is ready: where everything is, who there is, what to try first."""

from demo.company import PASSWORD, SAMPLE_PEOPLE
from demo.programs import Programs


def welcome(programs: Programs, *, seconds: float) -> str:
    """The addresses, the sample people, how to sign in, and the first command to try."""
    places = "\n".join(f"  {name:<18} {where}" for name, where in programs.addresses().items())
    people = "\n".join(
        f"  {role:<13} {person.name:<18} {person.email:<34} {person.title}" for role, person in SAMPLE_PEOPLE.items()
    )
    return f"""
Dialtone is ready ({seconds:.0f} s). Ctrl-C stops it; the next start continues where it was.

{places}

Open {programs.api_url} in a browser and sign in as one of these. The password of all of them is
  {PASSWORD}
and their codes are shown at {programs.inbox_url}/authenticator

{people}

Programs use tokens instead (`dialtone demo-token ROLE`). Try this in another terminal: what would an iPhone with a
line cost, and who would have to approve it?
  TOKEN=$(.venv/bin/dialtone demo-token employee)
  curl -s "{programs.api_url}/api/v1/orders?dry_run=true" -H "Authorization: Bearer $TOKEN" \\
    -H "Content-Type: application/json" -d '{{"type": "NEW_SERVICE_DEVICE",
    "answers": {{"device": "IPHONE-17-256", "recurring_charges": true, "use_policy": true}}}}'
Leave out ?dry_run=true to place the order; README.md goes on from there.
"""
