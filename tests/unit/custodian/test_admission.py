"""Who may hold a connection: a share for this machine, one for the others, and little for who has shown nothing."""

from __future__ import annotations

import struct

from kdsp_lib.custodian import admission
from kdsp_lib.custodian.admission import Admission, Peer, network_peer
from kdsp_lib.custodian.frames import PREFACE


def crowd(doors, peers):
    return [peer for peer in peers if doors.admit(peer) is None]


def half_a_question(peer, size=300_000):
    head = struct.pack(">BL", 0, size + 1)
    data = b"x" * size
    peer.streams.ask(PREFACE)
    peer.streams.ask(b"\0\0\0\x01\x04" + (1).to_bytes(4) + (len(data) + 5).to_bytes(3) + b"\0\0" + (1).to_bytes(4))
    peer.streams.ask(head + data)


def test_no_crowd_of_other_machines_keeps_this_machine_out():
    doors = Admission()
    addresses = [f"10.0.{n // 200}.{n % 200}" for n in range(admission.NETWORK)]
    assert len(crowd(doors, [Peer(address=each) for each in addresses])) == admission.NETWORK
    assert len(crowd(doors, [Peer(uid=1000) for _ in range(admission.LOCAL)])) == admission.LOCAL


def test_where_all_is_full_whoever_has_shown_nothing_for_longest_makes_room():
    doors = Admission()
    known, first, second = Peer(uid=1, is_known=True), Peer(uid=1), Peer(uid=1)
    for each in (known, first, second, *(Peer(uid=1, is_known=True) for _ in range(admission.LOCAL - 3))):
        assert doors.admit(each) is None
    assert doors.admit(Peer(uid=2)) is first
    doors.leave(first)
    assert doors.admit(Peer(uid=2)) is second
    doors.leave(second)
    for each in doors:
        each.is_known = True
    last = Peer(uid=2)
    assert doors.admit(last) is last, "whoever has shown a right is not sent away for a newcomer"


def test_one_address_has_a_share_of_the_network():
    doors = Admission()
    own = [Peer(address="10.0.0.1", is_known=True) for _ in range(admission.OF_AN_ADDRESS)]
    assert crowd(doors, own) == own
    more = Peer(address="10.0.0.1")
    assert doors.admit(more) is more
    assert doors.admit(Peer(address="10.0.0.2")) is None


def test_who_shows_nothing_or_says_half_is_overdue_and_who_waits_for_an_answer_is_not():
    doors = Admission()
    silent, known, half, far = Peer(uid=1), Peer(uid=1, is_known=True), Peer(uid=1, is_known=True), Peer(address="a")
    far.is_known = True
    half_a_question(half)
    for each in (silent, known, half, far):
        doors.admit(each)
    soon, late, very_late = (silent.since + seconds for seconds in (1, admission.UNKNOWN_SECONDS + 5, 5000))
    assert doors.overdue(soon) == []
    assert doors.overdue(late) == [silent, half]
    assert doors.overdue(very_late) == [silent, half, far]
    half.streams.ask(b"\0\0\x01\0\x01" + (1).to_bytes(4) + b"x")
    assert doors.overdue(very_late) == [silent, far]


def test_what_is_held_for_a_connection_an_address_and_all_is_bounded(monkeypatch):
    doors = Admission()
    peers = [Peer(address="10.0.0.1"), Peer(address="10.0.0.1"), Peer(address="10.0.0.2"), Peer(uid=1)]
    for each in peers:
        doors.admit(each)
        half_a_question(each)
    assert not any(map(doors.is_too_much, peers))
    monkeypatch.setattr(admission, "HELD_FOR_AN_ADDRESS", 500_000)
    assert [doors.is_too_much(each) for each in peers] == [True, True, False, False]
    monkeypatch.setattr(admission, "HELD_FOR_THE_NETWORK", 800_000)
    assert [doors.is_too_much(each) for each in peers] == [True, True, True, False]
    monkeypatch.setattr(admission, "HELD_FOR_A_CONNECTION", 200_000)
    assert all(map(doors.is_too_much, peers))


def test_a_network_of_ipv6_is_one_address_and_ipv4_within_it_is_itself():
    assert (
        network_peer("2001:db8:1:2::7").called == network_peer("2001:db8:1:2:9::1%eth0").called == "2001:db8:1:2::/64"
    )
    assert network_peer("::ffff:10.0.0.7").called == network_peer("10.0.0.7").called == "10.0.0.7"
    assert Peer(uid=1000).called == "account 1000"
