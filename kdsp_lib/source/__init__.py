"""Data in: the workspace, the catalogue, contracts, readers, snapshots, and the made-up authority.

Nothing here decides what may be shown. A file becomes a *data set* only after it has kept its contract whole;
it is then kept as a Parquet snapshot named by its own hash, and every later reading checks that hash first.

Import from the modules (``from kdsp_lib.source.catalogue import Catalogue``): this package itself stays light.
"""
