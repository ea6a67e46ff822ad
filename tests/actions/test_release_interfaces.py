"""The question: does a file of nothing but stanzas keep guestfix busy for minutes?"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import cast

from guestfix.actions.interfaces.release_cards import ReleaseCards, run
from guestfix.formats import interfaces
from guestfix.rules.action import Scope

STANZA = "iface ens192 inet static\n\taddress 10.0.0.5 \\\n\n"


def seconds(stanzas: int) -> float:
    document = interfaces.parse((STANZA * stanzas).encode())
    scope = cast("Scope", SimpleNamespace(settings={}))
    began = time.process_time()
    edited = run(document, ReleaseCards(), scope, "/etc/network/interfaces")
    spent = time.process_time() - began
    assert edited.document.ifaces == ()
    assert [note.line for note in edited.notes] == list(range(1, 3 * stanzas, 3))
    return spent


def test_many_stanzas_take_no_quadratic_time() -> None:
    assert seconds(4_000) < 60 * seconds(200)  # quadratic: 400 times
