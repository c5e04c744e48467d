"""Who belongs to the community and who agreed to what, as entries that each take effect on a day.

``read_register(path)`` reads the YAML form, naming every fault by its line; ``Register.on(day)`` gives the community
as it stood; ``dump_register`` writes the same register back.
"""

from kdsp_lib.register.reading import read_register, register_from_text
from kdsp_lib.register.register import Register, dump_register

__all__ = ["Register", "dump_register", "read_register", "register_from_text"]
