"""Reads requests and emails from what passes between a client and a server, which answer each other in turn."""

from bench.bare.work import Exchange

_HEADERS_END = b"\r\n\r\n"
_SEND_MESSAGE = b"354"  # the email server's answer to DATA


class HttpConversation:
    """`exchanges` gets the sizes of each request and its answer."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._exchanges = exchanges
        self._position = -1
        self._request, self._answer = b"", b""

    def sent(self, data: bytes) -> None:
        if self._answer:
            self._request, self._answer = b"", b""
        self._request += data

    def returned(self, data: bytes) -> None:
        if not self._answer:
            self._position = len(self._exchanges)
            self._exchanges.append(Exchange(sent=0, returned=0))
        self._answer += data
        self._exchanges[self._position] = Exchange(sent=_body(self._request), returned=_body(self._answer))


class SmtpConversation:
    """`emails` gets a list for each connection, with the size of each message."""

    def __init__(self, emails: list[list[int]]) -> None:
        self._sizes: list[int] = []
        self._message = False
        emails.append(self._sizes)

    def sent(self, data: bytes) -> None:
        if self._message:
            self._sizes[-1] += len(data)

    def returned(self, data: bytes) -> None:
        self._message = data.startswith(_SEND_MESSAGE)
        if self._message:
            self._sizes.append(0)


def _body(message: bytes) -> int:
    return len(message.partition(_HEADERS_END)[2])
