"""The one process that reads pupils' data, the ledger it writes, and the confinement of those who ask it."""
