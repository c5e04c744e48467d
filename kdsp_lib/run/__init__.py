"""Running notebooks: parameters, one notebook, several."""
