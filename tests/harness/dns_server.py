"""A name server on loopback: TXT records as told, over UDP, in a thread of its own."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class DnsServer:
    """Answers from `texts` (name -> records); a name that isn't there does not exist."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.fails = self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # An empty packet is what ends the thread: a closed socket may leave it waiting.
        self._socket.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            packet, peer = self._socket.recvfrom(4096)
            if not packet:
                return
            query = dns.message.from_wire(packet)
            name = query.question[0].name.to_text(omit_final_dot=True)
            self.asked.append(name)
            if not self.is_silent:
                self._socket.sendto(self._answer(query, name).to_wire(), peer)

    def _answer(self, query: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.texts:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif self.texts[name]:
            # A character-string holds 255 bytes; a DKIM key takes two.
            rows = [_quoted(text) for text in self.texts[name]]
            owner = query.question[0].name
            answer.answer.append(dns.rrset.from_text(owner, 60, "IN", "TXT", *rows))
        return answer


def _quoted(text: str) -> str:
    parts = [text[at : at + 250] for at in range(0, len(text), 250)]
    return " ".join(f'"{part}"' for part in parts)
