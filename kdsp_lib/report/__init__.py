"""What a notebook uses: ``open_report``, its tables and its charts."""

from kdsp_lib.report.chart import Chart, ChartSpec, bar, line
from kdsp_lib.report.table import Table

__all__ = ["Chart", "ChartSpec", "Table", "bar", "line"]
