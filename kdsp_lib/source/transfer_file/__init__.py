"""Common Transfer Files (CTF): what a school tells the next one of a pupil, read and written as XML."""
