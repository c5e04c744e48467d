"""The register itself: its entries in the order they were written, and the community as of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import yaml

from kdsp_lib.protocol.community import Community
from kdsp_lib.register.calendar import Calendar
from kdsp_lib.register.checking import Entry


@dataclass(frozen=True, slots=True)
class Register:
    """Checked entries by section, order and repetition kept. Made by :mod:`kdsp_lib.register.reading`."""

    sections: Mapping[str, tuple[Entry, ...]]
    _calendar: Calendar = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_calendar", Calendar(self.sections))

    def entries(self, section: str) -> tuple[Entry, ...]:
        """The entries of one section; a section that is missing has none."""
        return self.sections.get(section, ())

    def on(self, day: date) -> Community:
        """The community as it stood on a day."""
        return self._calendar.on(day)


def dump_register(register: Register) -> str:
    """The register as YAML that reads back equal: same sections, entries, order and repetition."""
    document = {name: [plain_entry(entry) for entry in entries] for name, entries in register.sections.items()}
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True)) if document else ""


class _Dumper(yaml.SafeDumper):
    """Writes every value out: an alias would not read back."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def plain_entry(entry: Entry) -> dict[str, str | list[str]]:
    """An entry as YAML and JSON write it, its fields in their order."""
    return {
        key: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for key, value in entry.items()
    }
