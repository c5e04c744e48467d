"""The command line: one file a command group, thin over the rooms that do the work."""
