"""What a registrar has to see to, by the day on which it falls due."""

from datetime import date, timedelta

from kdsp_lib.register import register_from_text
from kdsp_lib.register.expiring import expiring

REGISTER = register_from_text("""
establishments:
- {urn: '990001', name: Ash, phase: primary}
- {urn: '990002', name: Birch, phase: primary}
- {urn: '990003', name: Cedar, phase: primary}
groups: [{id: 'collaborative:east', name: East}, {id: 'collaborative:west', name: West}, {id: 'cluster:n', name: N}]
people:
- {id: 'officer:a1', name: One}
- {id: 'officer:left', name: Left, to: 2026-01-01}
- {id: 'external:x1', name: A university}
signatures: [{establishment: '990001', from: 2025-09-01}, {establishment: '990003', from: 2025-09-01}]
withdrawals: [{establishment: '990003', from: 2026-01-01}]
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-09-01, to: 2026-03-20}
consents:
- {establishment: '990001', item: ksip, recipient: 'officer:a1', from: 2025-09-01, to: 2026-03-31}
- {establishment: '990001', item: bespoke, recipient: 'officer:a1', from: 2025-09-01, to: 2026-03-31}
- {establishment: '990001', item: bespoke, recipient: 'officer:a1', from: 2026-03-31, to: 2027-03-31}
- {establishment: '990002', item: ksip, recipient: 'officer:a1', from: 2025-09-01, to: 2026-04-02}
""")


def told(within):
    return [f"{due.day} {due.text}" for due in expiring(REGISTER, date(2026, 3, 2), timedelta(days=within))]


def test_ends_missing_signatures_and_vacancies():
    assert told(30) == [
        "2026-03-02 nobody leads: collaborative:west",
        "2026-03-02 unsigned: establishment:990002",
        "2026-03-02 unsigned: officer:a1",
        "2026-03-02 withdrawn: establishment:990003",
        "2026-03-20 ends: collaborative:east · officer:a1",
        "2026-03-20 nobody leads: collaborative:east",
        "2026-03-31 ends: 990001 · ksip · officer:a1",
    ]


def test_what_is_renewed_without_a_gap_is_not_due():
    assert not any("bespoke" in line for line in told(30))


def test_no_further_than_asked():
    assert "2026-03-31 ends: 990001 · ksip · officer:a1" not in told(28)
    assert "2026-04-02 ends: 990002 · ksip · officer:a1" in told(31)
