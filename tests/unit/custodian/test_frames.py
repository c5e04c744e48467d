"""What is read of HTTP/2 before gRPC: any message of ours passes in any pieces, and none that is too large."""

from __future__ import annotations

import struct

import pytest
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.custodian.frames import LARGEST_MESSAGE, MOST_STREAMS, PREFACE, OutOfBounds, Streams

DATA, HEADERS, RESET, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9


def frame(kind, payload=b"", *, flags=0, stream=1):
    return len(payload).to_bytes(3) + struct.pack(">BBL", kind, flags, stream) + payload


def message(body, *, compressed=0, says=None):
    return struct.pack(">BL", compressed, len(body) if says is None else says) + body


def question(body, stream=1, piece=16384):
    said = message(body)
    pieces = [said[at : at + piece] for at in range(0, len(said), piece)]
    ends = [*[0] * (len(pieces) - 1), 1]
    return frame(HEADERS, b"h" * 200, flags=4, stream=stream) + b"".join(
        frame(DATA, each, flags=end, stream=stream) for each, end in zip(pieces, ends, strict=True)
    )


def begun():
    streams = Streams()
    streams.ask(PREFACE + frame(SETTINGS, stream=0))
    return streams


@examples(60)
@given(
    bodies=st.lists(st.binary(max_size=400), min_size=1, max_size=4),
    cuts=st.lists(st.integers(1, 90), min_size=1, max_size=8),
)
def test_what_a_client_of_ours_sends_passes_as_it_is_in_whatever_pieces_it_comes(bodies, cuts):
    sent = PREFACE + frame(SETTINGS, stream=0)
    sent += b"".join(question(body, 2 * n + 1, piece=150) for n, body in enumerate(bodies))
    streams, passed, at, turn = Streams(), b"", 0, 0
    while at < len(sent):
        size = cuts[turn % len(cuts)]
        passed += streams.ask(sent[at : at + size])
        at, turn = at + size, turn + 1
    assert passed == sent
    assert streams.asking == len(bodies)
    assert streams.held == sum(5 + len(body) for body in bodies)


def test_the_largest_question_passes():
    streams = begun()
    assert streams.ask(question(b"x" * LARGEST_MESSAGE))
    assert streams.asking == 1


OUT_OF_BOUNDS = {
    "no HTTP/2": lambda: Streams().ask(b"GET / HTTP/1.1\r\n\r\n"),
    "a message that says it is too long": lambda: begun().ask(
        frame(HEADERS) + frame(DATA, message(b"", says=LARGEST_MESSAGE + 1))
    ),
    "a message that says it is of 300 MB": lambda: begun().ask(
        frame(HEADERS) + frame(DATA, message(b"x", says=300 * 2**20))
    ),
    "a compressed message": lambda: begun().ask(frame(HEADERS) + frame(DATA, message(b"x" * 20, compressed=1))),
    "a second message on a stream": lambda: begun().ask(frame(HEADERS) + frame(DATA, message(b"a") + message(b"b"))),
    "more than was said": lambda: begun().ask(frame(HEADERS) + frame(DATA, message(b"aa", says=1))),
    "a frame that is too long": lambda: begun().ask((LARGEST_MESSAGE + 5000).to_bytes(3) + b"\0" * 6),
    "padding that is no padding": lambda: begun().ask(frame(HEADERS) + frame(DATA, b"\x09abc", flags=8)),
    "data before headers": lambda: begun().ask(frame(DATA, message(b"a"), stream=5)),
    "headers without an end": lambda: begun().ask(
        frame(HEADERS, b"h" * 16000) + frame(CONTINUATION, b"h" * 16000) + frame(CONTINUATION, b"h" * 16000)
    ),
    "a long frame of another kind": lambda: begun().ask(frame(SETTINGS, b"\0" * 6000, stream=0)),
    "more streams than there may be": lambda: begun().ask(
        b"".join(question(b"a", 2 * n + 1) for n in range(MOST_STREAMS + 1))
    ),
    "streams that are begun and left": lambda: begun().ask(
        b"".join(frame(HEADERS, stream=2 * n + 1) + frame(RESET, b"\0\0\0\x08", stream=2 * n + 1) for n in range(1000))
    ),
}


@pytest.mark.parametrize("sent", list(OUT_OF_BOUNDS))
def test_what_goes_too_far_ends_the_connection(sent):
    with pytest.raises(OutOfBounds):
        OUT_OF_BOUNDS[sent]()


def test_padding_is_not_counted_as_a_message():
    streams = begun()
    streams.ask(frame(HEADERS) + frame(DATA, b"\x04" + message(b"abc") + b"\0" * 4, flags=9))
    assert (streams.asking, streams.held) == (1, 8)


def test_an_answered_question_is_held_no_longer():
    streams = begun()
    streams.ask(question(b"abc") + question(b"de", 3))
    answer = frame(HEADERS, b"h") + frame(DATA, b"answer") + frame(HEADERS, b"t", flags=5)
    assert streams.answer(answer) == answer
    assert (streams.asking, streams.held) == (1, 7)
    streams.answer(frame(RESET, b"\0\0\0\0", stream=3))
    assert (streams.asking, streams.held) == (0, 0)


def test_a_question_on_its_way_is_known_to_be():
    streams = begun()
    assert streams.slowest() == float("inf")
    streams.ask(frame(HEADERS) + frame(DATA, message(b"a", says=10)))
    assert streams.slowest() < float("inf")
    assert streams.asking == 0


def test_a_client_is_told_how_many_streams_there_may_be():
    streams = begun()
    told = streams.answer(frame(SETTINGS, struct.pack(">HL", 4, 65535), stream=0) + frame(SETTINGS, flags=1, stream=0))
    assert told == frame(
        SETTINGS, struct.pack(">HLHL", 4, 65535, 3, MOST_STREAMS), stream=0
    ) + frame(SETTINGS, flags=1, stream=0)  # fmt: skip
