"""A name server on loopback."""

from __future__ import annotations

import socketserver
from collections.abc import Sequence

import dns.flags
import dns.message
import dns.name
import dns.rrset

from feeds.newsletter.dkim.keys import Key


class NameServer(socketserver.UDPServer):
    """Answers with the TXT records of keys, in strings as the DNS wants them."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records = {dns.name.from_text(key.record_name): key.strings for key in keys}


class _Handler(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        packet, reply_to = self.request
        query = dns.message.from_wire(packet)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        question = query.question[0]
        if strings := self.server.records.get(question.name):
            quoted = " ".join(f'"{string}"' for string in strings)
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", quoted))
        reply_to.sendto(response.to_wire(), self.client_address)
