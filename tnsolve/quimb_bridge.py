"""The bridge to quimb: networks as quimb tensor networks and back, and pictures of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from os import PathLike
from typing import Any

import numpy as np
import quimb.tensor as qtn

from tnsolve.algebra.legs import Core, arranged, folded
from tnsolve.algebra.optional import require
from tnsolve.networks.abstract import LABEL, AbstractNetwork
from tnsolve.networks.mps import MPS, legs_of


def to_quimb(network: AbstractNetwork) -> qtn.TensorNetwork:
    """The same tensor as a quimb network: core s becomes the tensor `CORE{s}`, with legs as indices.

          x0   x1   y  x2          outer indices: x0 ... x{n-1}, and the label y
          |    |    | /            bonds: b1 ... b{n-1}; the ends of dimension 1 are squeezed away
          o-b1-o-b2-o

    The leg that the three cores of a CP share becomes a hyperindex. The factor exp(network.scale) becomes quimb's
    `exponent`, in powers of ten; quimb's contractions multiply by it.
    The arrays are shared, not copied.   Cost O(cores).
    """
    owners = Counter(leg for core in network.cores for leg in core.legs)
    bonds = {leg for leg, cores in owners.items() if cores > 1}
    tensors = [_tensor(core, f"CORE{site}", bonds) for site, core in enumerate(network.cores)]
    whole = qtn.TensorNetwork(tensors, virtual=True)
    whole.exponent = network.scale / log(10)
    return whole


def _tensor(core: Core, tag: str, bonds: set[str]) -> qtn.Tensor:
    """A core without its bond legs that lead nowhere."""
    kept = tuple(leg for leg in core.legs if leg in bonds or not leg.startswith("b"))
    return qtn.Tensor(folded(core.data, kept, core.dims(kept)).data, kept, tag)


def from_quimb(state: qtn.TensorNetwork, *, label: int | None = None) -> MPS:
    """An MPS from a quimb `MatrixProductState` with open ends, or from what `to_quimb` made of an MPS.

    state  physical index k becomes leg xk; an open index that is none of a site becomes the label leg y
    label  the core that gets a label leg of dimension 1 where the state has none (default: middle)

    Holds the same tensor: `from_quimb(to_quimb(network)).to_dense()` equals `network.to_dense()`.   Cost O(parameters).
    Raises ValueError for a cyclic or complex state, more than one open index beside the sites, or a label out of range.
    """
    chain = _as_chain(state)
    tensors = [chain[site] for site in chain.sites]
    names = _names(chain, tensors)
    labelled = [site for site, tensor in enumerate(tensors) if LABEL in (names[index] for index in tensor.inds)]
    at = labelled[0] if labelled else _label(label, len(tensors))
    cores = tuple(_core(tensor, names, legs_of(site, site == at)) for site, tensor in enumerate(tensors))
    return MPS(cores, scale=float(chain.exponent) * log(10))


def draw(network: AbstractNetwork, path: str | PathLike[str] | None = None) -> Any:
    """Draw the network, its cores coloured and its legs named, and save it to `path` if one is given.

    Returns the matplotlib figure. The format follows the ending of `path` (png, svg, pdf).
    Raises ImportError, with the way to install it, where there is no matplotlib.
    """
    require("matplotlib", "plots", "draw")
    tags = [f"CORE{site}" for site in range(len(network.cores))]
    figure = to_quimb(network).draw(color=tags, show_inds="all", show_tags=False, return_fig=True)
    if path is not None:
        figure.savefig(path, bbox_inches="tight")
    return figure


def _as_chain(state: qtn.TensorNetwork) -> Any:
    """The state as a quimb MatrixProductState, checked to be open and real."""
    form = {"L": state.num_tensors, "site_ind_id": "x{}", "site_tag_id": "CORE{}", "cyclic": False}
    chain: Any = state if isinstance(state, qtn.MatrixProductState) else state.view_as(qtn.MatrixProductState, **form)
    if chain.cyclic:
        raise ValueError("from_quimb(state=...) is cyclic and an MPS has open ends; make it with cyclic=False.")
    if np.issubdtype(chain.dtype, np.complexfloating):
        raise ValueError(
            f"from_quimb(state=...) has dtype {chain.dtype} and students are real; make it with dtype='float64', or "
            f"drop vanishing imaginary parts with state.apply_to_arrays(numpy.real)."
        )
    return chain


def _names(state: Any, tensors: Sequence[qtn.Tensor]) -> Mapping[str, str]:
    """The leg that each index of the state becomes."""
    names = {state.site_ind(quimb_site): f"x{site}" for site, quimb_site in enumerate(state.sites)}
    for site in range(1, len(tensors)):
        names |= dict.fromkeys(tensors[site - 1].bonds(tensors[site]), f"b{site}")
    others = [index for tensor in tensors for index in tensor.inds if index not in names]
    if len(others) > 1:
        raise ValueError(
            f"from_quimb(state=...) has the open indices {', '.join(others)} beside its sites'; only one can be "
            f"the label: fuse them with state.fuse, or fix the others with state.isel."
        )
    return names | dict.fromkeys(others, LABEL)


def _label(label: int | None, sites: int) -> int:
    """The core that is to carry the label."""
    if label is not None and not 0 <= label < sites:
        raise ValueError(f"from_quimb(label={label}) must be one of the cores 0 ... {sites - 1}.")
    return sites // 2 if label is None else label


def _core(tensor: qtn.Tensor, names: Mapping[str, str], legs: tuple[str, ...]) -> Core:
    """A quimb tensor as a core with `legs`; those that it lacks get dimension 1."""
    known = Core(np.asarray(tensor.data), tuple(names[index] for index in tensor.inds))
    present = tuple(leg for leg in legs if leg in known.legs)
    dims = [known.dim(leg) if leg in present else 1 for leg in legs]
    return folded(arranged(known, present).data, legs, dims)
