"""Ways to have something in a release that is no word of the notebook and no figure of the custodian.

Each cell has a ``token`` of its own that stands in no source, and what the notebook's own cells made before.
"""

from __future__ import annotations

from ways import Way

TO_SMUGGLE = (
    Way("print it", "print(token)"),
    Way("print it as an error", "print(token, file=sys.stderr)"),
    Way("warn of it", "import warnings; warnings.warn(token)"),
    Way(
        "have it in a traceback that it caught",
        """
import traceback
try:
    raise ValueError(token)
except ValueError:
    traceback.print_exc()
""",
    ),
    Way("be the value of a cell", "token"),
    Way("show it as a page", "from IPython.display import HTML; display(HTML(f'<script>{token}</script>'))"),
    Way("show it as a picture", "display({'image/svg+xml': f'<svg>{token}</svg>', 'image/png': token}, raw=True)"),
    Way(
        "show it under a MIME type of its name", "display({f'application/vnd.{token}+json': {token: token}}, raw=True)"
    ),
    Way("hang it on an output", "display({'text/plain': 'x'}, metadata={token: token, 'tags': [token]}, raw=True)"),
    Way("change an output that stands there", "shown = display('x', display_id=token); shown.update(token)"),
    Way(
        "keep it in a widget",
        "import ipywidgets; display(ipywidgets.HTML(token, description=token))",
    ),
    Way(
        "hang it on the custodian's table",
        "display({'application/vnd.kdsp.table+json': {**tables['phases'].to_wire(), 'title': token, token: token},"
        " 'text/html': token, 'text/plain': token}, raw=True)",
    ),
    Way(
        "put it in the place of a figure",
        """
forged = tables["phases"].to_wire()
forged["cells"][0]["values"][0] = token
display({"application/vnd.kdsp.table+json": forged, "text/plain": token}, raw=True)
""",
    ),
    Way(
        "change the custodian's table itself",
        "object.__setattr__(tables['fsm6'], 'title', token); display(tables['fsm6'])",
    ),
    Way(
        "draw it into a chart",
        """
chart = report.bar(tables["phases"], alt="Pupils on roll in each phase of the area.")
bundle = {**chart.bundle(f"<svg>{token}</svg>"), "text/plain": token, "text/html": token}
bundle["application/vnd.kdsp.chart+json"]["table"]["title"] = token
display(bundle, raw=True)
""",
    ),
    Way(
        "write it under the report's head",
        "display({'application/vnd.kdsp.report+json': {'title': token, 'facts': [[token, token]]},"
        " 'text/html': token}, raw=True)",
    ),
    Way(
        "tell its client by a comm", "from comm import create_comm; create_comm(target_name=token, data={token: token})"
    ),
    Way("put it into the next cell", "get_ipython().set_next_input(token, replace=True)"),
    Way(
        "say that it is its language",
        "type(get_ipython().kernel).language_info = {'name': token, 'file_extension': token}",
    ),
    Way("name a file by it", "open(token, 'w').write(token)"),
    Way("name itself by it", "ctypes.CDLL(None).prctl(15, token.encode(), 0, 0, 0)"),
)
