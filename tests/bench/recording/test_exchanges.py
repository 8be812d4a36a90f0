"""What passes between clients and servers is read as requests and emails."""

from bench.bare.work import Exchange
from bench.recording.exchanges import HttpConversation, SmtpConversation

HEADERS = b"POST / HTTP/1.1\r\nHost: carrier\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\n\r\n"


def test_each_request_of_a_connection_is_noted_with_its_answer() -> None:
    exchanges: list[Exchange] = []
    conversation = HttpConversation(exchanges)
    conversation.sent(HEADERS)
    conversation.sent(b"abc")
    conversation.returned(ANSWER + b"12")
    conversation.returned(b"345")
    conversation.sent(HEADERS + b"a")
    conversation.returned(ANSWER)
    assert exchanges == [Exchange(sent=3, returned=5), Exchange(sent=1, returned=0)]


def test_connections_at_the_same_time_are_told_apart() -> None:
    exchanges: list[Exchange] = []
    first, second = HttpConversation(exchanges), HttpConversation(exchanges)
    first.sent(HEADERS + b"a")
    second.sent(HEADERS + b"bb")
    first.returned(ANSWER)
    second.returned(ANSWER + b"2")
    first.returned(b"1")
    assert exchanges == [Exchange(sent=1, returned=1), Exchange(sent=2, returned=1)]


def test_the_emails_of_a_connection_are_noted_together() -> None:
    emails: list[list[int]] = []
    conversation = SmtpConversation(emails)
    for sent, returned in (
        (b"EHLO dialtone\r\n", b"250 inbox\r\n"),
        (b"DATA\r\n", b"354 go ahead\r\n"),
        (b"12345", b"250 accepted\r\n"),
        (b"DATA\r\n", b"354 go ahead\r\n"),
        (b"123", b"250 accepted\r\n"),
    ):
        conversation.sent(sent)
        conversation.returned(returned)
    assert emails == [[5, 3]]
