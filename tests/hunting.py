"""How many examples the tests draw that hunt for leaks: a few, the same each time; many more at random on a hunt.

    make hunt                                      every such test, 20 times as many
    make hunt TIMES=200 IN=tests/property/protect  more, of some

What a hunt finds is printed with the line that draws it again: `@reproduce_failure(...)`, put above the test.
"""

import os

from hypothesis import settings

TIMES = int(os.environ.get("KDSP_HUNT", "0"))
"""How many times as many examples are drawn, at random; 0 where nobody hunts."""


def examples(number: int, **more) -> settings:
    """So many examples, or on a hunt many times that; in all else as every property test (see conftest.py)."""
    return settings(max_examples=number * max(TIMES, 1), **more)
