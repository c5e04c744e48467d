"""Opening a report from a notebook: one kernel, one report, one recipient, one purpose, one day."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.custodian.client import Connection
    from kdsp_lib.report.chart import Chart
    from kdsp_lib.report.pupil_list import PupilList
    from kdsp_lib.report.table import Table

REPORT_MIME = "application/vnd.kdsp.report+json"


Shown = TypeVar("Shown", bound="Table | PupilList")


class Tables(Mapping[str, Shown], Generic[Shown]):
    """The tables that were asked together, by the names they were asked under; or lists by theirs."""

    def __init__(self, tables: Mapping[str, Shown]) -> None:
        self._tables = dict(tables)

    def __getitem__(self, name: str) -> Shown:
        try:
            return self._tables[name]
        except KeyError:
            raise BadParameters(
                f"No table {name!r} was asked.", remedy=f"one of {', '.join(self._tables) or 'none'}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        return f"Tables({', '.join(self._tables)})"


class Report:
    """One open report: ask it for tables, show them, draw them. All it gives is protected for its recipient."""

    def __init__(self, connection: Connection, opened: Mapping[str, Any]) -> None:
        self._connection = connection
        self._opened = dict(opened)

    def count(
        self, measure: str, *, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """How many pupils, split by breakdowns, among those that ``where`` keeps.

        ``compare``, in a report about one establishment: the comparator (``authority``, ``collaborative``) whose
        figures stand beside its own, as the table's last dimension ``establishments``.
        """
        return _question("count", measure, by, where, compare)

    def rate(
        self,
        measure: str,
        *,
        by: Sequence[str] = (),
        where: str | None = None,
        compare: str | None = None,
        beside: str | None = None,
    ) -> dict[str, Any]:
        """A measure's numerator as a percentage of its base: a ratio of sums. ``compare``: as in :meth:`count`.

        ``beside``: ``england`` or ``neighbours``, whose published figure stands beside each row that it speaks of, with
        the gap to it and, of rates of pupils, the limits between which the gap lies (95 %).
        """
        return _beside(_question("rate", measure, by, where, compare), beside)

    def mean(
        self,
        measure: str,
        *,
        by: Sequence[str] = (),
        where: str | None = None,
        compare: str | None = None,
        beside: str | None = None,
    ) -> dict[str, Any]:
        """A measure's mean over the pupils who have a value. ``compare``, ``beside``: as in :meth:`rate`."""
        return _beside(_question("mean", measure, by, where, compare), beside)

    def gap(
        self,
        measure: str,
        *,
        between: str,
        to: str,
        by: Sequence[str] = (),
        where: str | None = None,
        compare: str | None = None,
    ) -> dict[str, Any]:
        """How far the levels of the breakdown ``between`` lie apart: the rate or mean of each, less that of ``to``.

        Of unrounded rates, in percentage points; whole where either has a small base. Withheld where either is.
        """
        return {**_question("gap", measure, _together(by, between), where, compare), "to": to}

    def rank(
        self, measure: str, *, of: str, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """A rate or mean, and how the levels of the breakdown ``of`` rank by what is printed of it, the highest first.

        Those withheld have no rank and count in no other's; rows keep their order.
        """
        return _question("rank", measure, _together(by, of), where, compare)

    def bands(
        self, measure: str, *, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """How many have a value in each band of it: of ``own-absence``, the part of their own sessions missed."""
        return _question("bands", measure, by, where, compare)

    def median(
        self, measure: str, *, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """As :meth:`bands`, and between which bounds the median lies, as far as the counts that are shown tell.

        The disclosure policy says of how many pupils or more (``median_pupils``). No pupil's own value is printed.
        """
        return _question("median", measure, by, where, compare)

    def quartiles(
        self, measure: str, *, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """As :meth:`median`, with the quarters below and above it (``quartile_pupils``)."""
        return _question("quartiles", measure, by, where, compare)

    def spread(self, measure: str, *, where: str | None = None) -> dict[str, Any]:
        """How the establishments of an area are spread over bands of a rate, without saying which lies where.

        Of as many bodies that run establishments as the disclosure policy says (``spread_controllers``); ``where`` may
        narrow it to a phase. No establishment's own rate is printed, and no number of pupils.
        """
        return _question("spread", measure, (), where, None)

    def extremes(
        self, measure: str, *, by: Sequence[str] = (), where: str | None = None, compare: str | None = None
    ) -> dict[str, Any]:
        """The smallest and largest value: refused whoever asks, since each is one pupil's own. Ask for quartiles."""
        return _question("extremes", measure, by, where, compare)

    def tables(self, **questions: Mapping[str, Any]) -> Tables[Table]:
        """Ask for tables together: they are protected together, and with all that this report showed before.

        Raises BadParameters with all that is wrong in the questions, Disclosive where a table cannot be made safe.
        """
        from kdsp_lib.report.table import Table

        _refuse_what_is_no_question(questions)
        answer = self._connection.ask("tables", {"questions": {name: dict(q) for name, q in questions.items()}})
        return Tables({table["name"]: Table.from_wire(table) for table in answer["tables"]})

    def so_far(self, table: str) -> Table:
        """A table that was asked, term by term: beside it the terms of its school year before, as they were released.

        Nothing new is told: each earlier term stands in a release of this very report to the same readers, or is [x].
        """
        return self._further(kind="so-far", table=table)

    def trend(self, table: str, *, years: int = 5) -> Table:
        """A table that was asked, year by year: beside it the same of up to so many school years, as released.

        Of a term's report the same term of each year. Nothing new is told, as in :meth:`so_far`: make the reports of
        the earlier years first. Where the series breaks, the table names the break and a line chart is not joined.
        """
        return self._further(kind="trend", table=table, years=years)

    def published(self, measure: str, *, years: int = 5) -> Table:
        """What is published of a rate or mean, year by year: of this authority, its statistical neighbours, England.

        From the figures of authorities or LAIT that were loaded, of all pupils; with the breaks of the series.
        """
        return self._further(kind="published", measure=measure, years=years)

    def _further(self, **asked: Any) -> Table:
        from kdsp_lib.report.table import Table

        return Table.from_wire(self._connection.ask("further", asked)["table"])

    def pupils(self, *, columns: Sequence[str]) -> PupilList:
        """The pupils on roll that the report is about, a row each, by these columns alone.

        In a pupil report they are the establishment's own, as they are. In a report about a cluster nobody can be
        recognised: each row has a reference of this list alone, and shows what enough others share; most is told of the
        columns named first. Sorted by the columns as they are named; asked once. Raises NotAuthorised for a column that
        is not permitted, Disclosive where a list cannot be made safe.
        """
        from kdsp_lib.report.pupil_list import PupilList

        if isinstance(columns, str):
            raise BadParameters("columns takes a list of names.", remedy=f"write columns=[{columns!r}]")
        return PupilList.from_wire(self._connection.ask("pupils", {"columns": list(columns)})["pupils"])

    def lists(self) -> Tables[PupilList]:
        """The lists of a report that has no pupils in it, by name: of the register, or of what an audit found."""
        from kdsp_lib.report.pupil_list import PupilList

        answer = self._connection.ask("lists", {})
        return Tables({listing["name"]: PupilList.from_wire(listing) for listing in answer["lists"]})

    def contents(self) -> Tables[Table | PupilList]:
        """What a report of fixed contents tells: its tables and lists, by their names."""
        from kdsp_lib.report.pupil_list import PupilList
        from kdsp_lib.report.table import Table

        answer = self._connection.ask("contents", {})
        tables: list[Table | PupilList] = [Table.from_wire(each) for each in answer["tables"]]
        return Tables({each.name: each for each in (*tables, *map(PupilList.from_wire, answer["lists"]))})

    def chart(self, kind: str, table: Table, *, alt: str, **options: Any) -> Chart:
        """A chart of one protected table. ``alt`` says in words what it shows, with no figure but the table's own.

        ``bar`` (beside something else: ``reference=``), ``line``, ``stack`` (shares of 100 %), ``diverging`` (a gap,
        between ``low=`` and ``high=`` where the table has them), ``heat``, ``spread`` (of :meth:`spread`). Options of
        every kind: ``x``, ``series``, ``statistic``, ``title``, ``name``, ``totals``. BadParameters with all that is
        wrong.
        """
        from kdsp_lib.report.chart import chart

        return chart(kind, table, alt=alt, **options)

    def bar(self, table: Table, *, alt: str, **options: Any) -> Chart:
        """Bars: ``report.chart("bar", ...)``."""
        return self.chart("bar", table, alt=alt, **options)

    def line(self, table: Table, *, alt: str, **options: Any) -> Chart:
        """Lines: ``report.chart("line", ...)``."""
        return self.chart("line", table, alt=alt, **options)

    def close(self) -> None:
        """Close the report; nothing more can be asked of it."""
        self._connection.ask("close", {})

    def __repr__(self) -> str:
        lines = [str(self._opened["title"])]
        lines += [f"  {label:<12} {text}" for label, text in self._opened["facts"]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{html.escape(label)}</th><td>{html.escape(text)}</td></tr>'
            for label, text in self._opened["facts"]
        )
        caption = html.escape(self._opened["title"])
        return f'<table class="kdsp-report"><caption>{caption}</caption><tbody>{rows}</tbody></table>'

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {
            REPORT_MIME: json.loads(json.dumps(self._opened, sort_keys=True)),
            "text/html": self._repr_html_(),
            "text/plain": repr(self),
        }


def _refuse_what_is_no_question(questions: Mapping[str, Any]) -> None:
    """BadParameters that names each argument of ``tables`` which asks nothing, and how to write what was meant."""
    from kdsp_lib.report.table import Table

    faults = [
        Fault("", "is a table already, and not a question: show it in a cell of its own", name)
        if isinstance(given, Table)
        else Fault(
            "", 'is not a question: write report.count("pupils", by=["sex"]), report.rate(...) or the like', name
        )
        for name, given in questions.items()
        if not isinstance(given, Mapping)
    ]
    if faults:
        raise BadParameters("report.tables takes questions, each under a name.", faults=faults)


def _question(kind: str, measure: str, by: Sequence[str], where: str | None, compare: str | None) -> dict[str, Any]:
    if isinstance(by, str):
        raise BadParameters("by takes a list of breakdowns.", remedy=f"write by=[{by!r}]")
    named = measure.replace("_", "-") if isinstance(measure, str) else measure
    split = [name.replace("_", "-") if isinstance(name, str) else name for name in by]
    asked = {"kind": kind, "measure": named, "by": split, "where": where}
    return asked if compare is None else {**asked, "compare": compare}


def _beside(question: dict[str, Any], area: str | None) -> dict[str, Any]:
    return question if area is None else {**question, "beside": area}


def _together(by: Sequence[str], last: str) -> Sequence[str]:
    return by if isinstance(by, str) else [*by, last]


_open: tuple[str, dict[str, Any], Report] | None = None
_release: str | None = None


def as_released(release: str) -> None:
    """Say that this notebook is that of a release, before its report is opened: it then shows what was released.

    It is no draft, so that nbval can hold it to what is stored in it. Opening the report, or asking for what was not
    released, is refused where the same would come out otherwise today.
    """
    global _release
    if _open is not None:
        raise BadParameters("This kernel has opened its report.", remedy="restart the kernel; as_released comes first")
    _release = release


def is_of_a_release() -> bool:
    """Whether this notebook says that it is that of a release."""
    return _release is not None


def open_report(report: str, **parameters: Any) -> Report:
    """Open the report of this kernel.

    The custodian decides by the protocol whether ``recipient`` may have it for ``purpose`` on the day ``on``; a refusal
    (NotAuthorised) names the clauses and the way out. Opening it again with the same parameters returns it; with others
    is refused, for what is in this kernel was made for one recipient.
    """
    global _open
    from kdsp_lib.custodian import session

    if _open is not None:
        name, given, opened = _open
        if (name, given) != (report, parameters):
            raise BadParameters("This kernel has opened another report.", remedy="restart the kernel")
        return opened
    connection = session.current()
    released = {} if _release is None else {"release": _release}
    answer = connection.ask("open", {"report": report, "parameters": parameters, **released})
    _open = (report, dict(parameters), Report(connection, answer))
    return _open[2]
