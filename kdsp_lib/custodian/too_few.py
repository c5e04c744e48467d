"""Questions that are refused since they are of too few: filters, and spreads over establishments."""

from __future__ import annotations

from kdsp_lib.analyse import spread_bands
from kdsp_lib.analyse.atoms import Atoms
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.analyse.population import where_populations
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.policy import DisclosurePolicy


def refuse_spreads_of_few(cube: Cube) -> None:
    """Establishments' values, even in bands, are told of enough bodies or not at all."""
    for name, table in cube.tables.items():
        bands = spread_bands.band_cells(table) if table.asked.is_spread else []
        if bands and spread_bands.controllers_of(cube, bands) < cube.policy.spread_controllers:
            raise Disclosive(
                f"{name} is a spread over the establishments of too few bodies.",
                rule=f"a spread is of {cube.policy.spread_controllers} bodies that run establishments or more",
                remedy="ask for the mean of all alone: report.rate(...)",
            )


def refuse_small_filters(atoms: Atoms, policy: DisclosurePolicy) -> None:
    """A filter is a tracker's tool: what picks out or leaves too few is refused, in the same words for all reasons."""
    for one in where_populations(atoms):
        fewest = 0 if one.is_of_one_told else policy.controllers
        for side in (one.inside, one.outside):
            if side.pupils < policy.threshold or side.controllers < fewest:
                raise Disclosive(
                    f"The filter of {one.name.split()[0]} picks out or leaves out too few pupils or establishments.",
                    rule=f"a filter and its complement each hold {policy.threshold} pupils or more "
                    f"of {policy.controllers} controllers or more",
                    remedy="widen the filter, or ask for a breakdown instead",
                )
