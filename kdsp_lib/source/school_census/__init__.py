"""School Census returns as XML, one a school: their words and codes, how they are read, and the tables they make."""
