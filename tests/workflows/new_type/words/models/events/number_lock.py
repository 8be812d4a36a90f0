from models.event import PARTIES, Event, EventEmail

NUMBER_LOCKED = Event(
    code="number_locked",
    title="Number locked",
    opens="check_lock",
    emails=(EventEmail(name="number_locked", to=PARTIES),),
)
