"""The measures of the field: what each is, as data (``measures.toml``), and the rules that work figures out."""
