"""JupyterLab as ``kdsp lab`` serves it: notebooks alone, nothing active in what they show, and no way out."""
