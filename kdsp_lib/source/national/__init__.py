"""Tables that the nation publishes of establishments and authorities: the register, inspections, indicators."""
