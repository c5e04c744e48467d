"""The kernels that JupyterLab may start in ``kdsp lab``: the confined one, whichever a notebook or a request names.

Jupyter's own list of allowed kernels leaves the others out of what it offers; asked by name, it starts them.
"""

from __future__ import annotations

from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

_CONFINED: Final = "kdsp"


class ConfinedAlone(KernelSpecManager):
    """Knows one kernel."""

    def find_kernel_specs(self) -> dict[str, str]:
        """The confined kernel's folder, by its name."""
        return {name: folder for name, folder in super().find_kernel_specs().items() if name == _CONFINED}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The confined kernel; NoSuchKernel for any other."""
        if kernel_name != _CONFINED:
            raise NoSuchKernel(kernel_name)
        return super().get_kernel_spec(kernel_name)

    def get_all_specs(self) -> dict[str, Any]:
        """What a person is offered."""
        return {name: spec for name, spec in super().get_all_specs().items() if name == _CONFINED}
