"""Whether the cores of a network fit together: asked once, where a model is made or read, and trusted from then on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from numbers import Real
from typing import Any

import array_api_compat

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.networks.abstract import LABEL, AbstractNetwork
from tnsolve.networks.cp import CP
from tnsolve.networks.layouts import Node, binary, labelled
from tnsolve.networks.linear import numbered
from tnsolve.networks.mera import MERA, MOST_SITES
from tnsolve.networks.mpo import MPO
from tnsolve.networks.mps import MPS, legs_of
from tnsolve.networks.topology import Topology

END = re.compile(r"[xy](0|[1-9][0-9]{0,6})")
BOND = re.compile(r"r|[a-wz][a-z]{0,8}[0-9]{1,7}[a-z]?")
"""Names of bonds: no name that a contraction uses for the samples or a second copy is among them."""
LARGEST_SCALE = 1e6
LARGEST_MATRIX_SCALE = 700.0
"""exp(scale) of a matrix is a number of its own."""
SLACK = 1e-3

Ends = dict[str, list[int]]


def require_on_features(network: AbstractNetwork, dims: Sequence[int], names: Sequence[str], call: str) -> None:
    """Raise ValueError unless `network` is a sound function of product features with these dimensions.

    dims, names : of the feature maps, site by site
    See `require_sound`; moreover the site legs are x0, x1, ..., each as wide as its feature map, and the label y is on
    one core.   Cost O(parameters).
    """
    require_sound(network, call)
    carriers = _carriers(network)
    if LABEL not in carriers or numbered(network.cores, "y"):
        raise ValueError(
            f"{call} has a {type(network).__name__} without the one output leg 'y'; a student takes a network on "
            f"features, such as MPS.random, Tree.on_features or MERA.on_features."
        )
    sites = numbered(network.cores, "x")
    if len(sites) != len(dims):
        raise ValueError(f"{call} has {len(sites)} site legs but {len(dims)} feature maps; give one map for each site.")
    for site, (leg, dim, name) in enumerate(zip(sites, dims, names, strict=True)):
        width = network.cores[carriers[leg][0]].dim(leg)
        if dim != width:
            raise ValueError(
                f"{call} has at site {site} the map {name} of {dim} features, but leg {leg} of core "
                f"{carriers[leg][0]} has dimension {width}; make the network for the dimensions {tuple(dims)[:9]}."
            )


def require_matrix(network: AbstractNetwork, call: str) -> None:
    """Raise ValueError unless `network` is a sound matrix: see `require_sound`; x0, x1, ... and y0, y1, ... are there.

    Cost O(parameters).
    """
    require_sound(network, call)
    if not numbered(network.cores, "x") or not numbered(network.cores, "y"):
        raise ValueError(
            f"{call} has a {type(network).__name__} without input legs x0, ... and output legs y0, ...; take a matrix, "
            f"such as MPO.from_dense makes."
        )
    if abs(network.scale) > LARGEST_MATRIX_SCALE:
        raise ValueError(
            f"{call} has the scale {network.scale!r}, but exp(scale) is no number; move it into the cores."
        )


def require_same_ends(network: AbstractNetwork, like: AbstractNetwork, call: str) -> None:
    """Raise ValueError unless two sound networks have the same legs beside their bonds, as wide."""
    found, wanted = (
        {leg: core.dim(leg) for core in each.cores for leg in core.legs if _is_end(leg)} for each in (network, like)
    )
    for leg in sorted(found.keys() | wanted.keys()):
        if found.get(leg) != wanted.get(leg):
            raise ValueError(
                f"{call} has leg {leg} of dimension {found.get(leg, 'none')} in place of {wanted.get(leg, 'none')}."
            )


def require_sound(network: AbstractNetwork, call: str) -> None:
    """Raise ValueError, in the name of `call`, unless the cores of a network fit together.

    Every core is a finite array with one name for each axis, all of one library, device and dtype, float32 or float64;
    the ends x0, x1, ... and y0, y1, ... (or the label y) are on one core each and numbered without a gap; a bond is on
    two cores (the leg r of a CP on all), as wide on each; the network hangs together, without loops where it claims to
    have none; a chain is in order, a MERA laid out as one; scale and centre are numbers that can be meant, and no core
    is larger than an isometry towards the centre may be.   Cost O(parameters).
    """
    if not isinstance(network, AbstractNetwork):
        raise ValueError(f"{call} has a {type(network).__name__} for a network; pass an MPS, Tree, MERA, MPO or CP.")
    _require_arrays(network, call)
    _require_scale(network, call)
    carriers = _carriers(network)
    _require_legs(network, carriers, call)
    _require_form(network, carriers, call)
    _require_centre(network, call)


def _require_arrays(network: AbstractNetwork, call: str) -> None:
    """Cores of numbers with named axes, all of one kind."""
    if not network.cores:
        raise ValueError(f"{call} has a network without cores; it needs at least one.")
    for site, core in enumerate(network.cores):
        shape = tuple(_array(core.data, f"core {site}", call).shape)
        if not isinstance(core.legs, tuple) or len(core.legs) != len(shape) or len(set(core.legs)) != len(shape):
            raise ValueError(
                f"{call} has in core {site} the legs {core.legs!r:.200} for shape {shape}; name each axis once."
            )
        if 0 in shape:
            raise ValueError(f"{call} has in core {site} the empty shape {shape}; every leg has at least dimension 1.")
    require_alike({f"core {site}": core.data for site, core in enumerate(network.cores)}, call)


def require_alike(arrays: Mapping[str, Any], call: str) -> None:
    """Raise ValueError unless some named arrays are finite, all float32 or all float64, of one library and device.

    Cost O(numbers).
    """
    if not arrays:
        return
    for name, array in arrays.items():
        _array(array, name, call)
    (leader, first), *_ = arrays.items()
    xp, kind = _kind(first)
    if kind[0] not in (xp.float32, xp.float64):
        raise ValueError(f"{call} has {leader} of dtype {kind[0]}; make all numbers float32 or float64.")
    for name, array in arrays.items():
        if _kind(array) != (xp, kind):
            raise ValueError(
                f"{call} has {name} of {array.dtype} in {type(array).__module__} on {device_of(array)}, but {leader} "
                f"of {first.dtype} in {type(first).__module__} on {device_of(first)}; make all alike."
            )
        if not bool(xp.all(xp.isfinite(array))):
            raise ValueError(f"{call} has in {name} a number that is not finite; fit it anew, or mend it.")


def _array(value: Any, name: str, call: str) -> Array:
    """An array of some library, else ValueError."""
    if not array_api_compat.is_array_api_obj(value):
        raise ValueError(f"{call} has for {name} a {type(value).__name__}, not an array.")
    return value


def _kind(array: Array) -> tuple[Any, tuple[Any, Any]]:
    """Library, dtype and device."""
    return namespace(array), (array.dtype, device_of(array))


def _require_scale(network: AbstractNetwork, call: str) -> None:
    """A finite number of a size that a network may have."""
    scale = network.scale
    if isinstance(scale, bool) or not isinstance(scale, Real) or not isfinite(scale) or abs(scale) > LARGEST_SCALE:
        raise ValueError(f"{call} has the scale {scale!r:.40}, which must be a number of at most {LARGEST_SCALE:g}.")


def _carriers(network: AbstractNetwork) -> Ends:
    """Leg -> the cores that carry it."""
    found: Ends = {}
    for site, core in enumerate(network.cores):
        for leg in core.legs:
            found.setdefault(leg, []).append(site)
    return found


def _require_legs(network: AbstractNetwork, carriers: Ends, call: str) -> None:
    """Names that can be meant; ends on one core and numbered, bonds as wide on every core."""
    shared = len(network.cores) if isinstance(network, CP) else 2
    for leg, sites in carriers.items():
        widths = {network.cores[site].dim(leg) for site in sites}
        end = isinstance(leg, str) and _is_end(leg)
        if not end and not (isinstance(leg, str) and BOND.fullmatch(leg)):
            raise ValueError(
                f"{call} has the leg {leg!r:.60} on core {sites[0]}; site legs are x0, x1, ..., outputs y or y0, y1, "
                f"..., bonds letters and a number."
            )
        if len(widths) > 1:
            raise ValueError(f"{call} has bond {leg} with the dimensions {sorted(widths)} on cores {sites[:9]}.")
        if end and len(sites) > 1:
            raise ValueError(f"{call} has the leg {leg} on cores {sites[:9]}; an end belongs to one core.")
        if not end and len(sites) != shared and (len(sites) > 1 or widths != {1}):
            raise ValueError(
                f"{call} has bond {leg} of dimension {widths.pop()} on cores {sites[:9]}; a bond joins {shared} cores, "
                f"and one that ends has dimension 1."
            )
    for letter in "xy":
        legs = numbered(network.cores, letter)
        if legs != tuple(f"{letter}{k}" for k in range(len(legs))):
            raise ValueError(f"{call} has the legs {', '.join(legs[:9])}; number them {letter}0, {letter}1, ....")
    if LABEL in carriers and "y0" in carriers:
        raise ValueError(f"{call} has both a label y and outputs y0, ...; a network has one or the others.")


def _is_end(leg: str) -> bool:
    """Whether a leg is no bond."""
    return leg == LABEL or END.fullmatch(leg) is not None


def _require_form(network: AbstractNetwork, carriers: Ends, call: str) -> None:
    """One connected network, of the form that its class claims."""
    count = len(network.cores)
    reached, front = {0}, [0]
    while front:
        near = {site for core in front for leg in network.cores[core].legs for site in carriers[leg]}
        front = list(near - reached)
        reached |= near
    name = type(network).__name__
    if len(reached) < count:
        lost = min(set(range(count)) - reached)
        raise ValueError(f"{call} has a {name} in pieces: no bond leads from core 0 to core {lost}.")
    bonds = sum(len(sites) - 1 for sites in carriers.values())
    if network.topology is not None and bonds != count - 1:
        raise ValueError(f"{call} has a {name} of {count} cores with {bonds} bonds: it has a loop; use a MERA or a CP.")
    layouts = _layouts(network, carriers, call)
    found = [core.legs for core in network.cores]
    if layouts is not None and found not in layouts:
        odd = next((k for k, legs in enumerate(found) if all(k >= len(each) or legs != each[k] for each in layouts)), 0)
        raise ValueError(
            f"{call} has cores that are no {name}: core {odd} of {count} has the legs {', '.join(found[odd])[:200]}; "
            f"see the picture in the documentation of {name} for names and order."
        )


def _layouts(network: AbstractNetwork, carriers: Ends, call: str) -> list[list[tuple[str, ...]]] | None:
    """The legs of all cores that the class of a network permits; None where it permits any tree."""
    sites, outputs = len(numbered(network.cores, "x")), len(numbered(network.cores, "y"))
    match network:
        case MPS():
            label = carriers.get(LABEL, [-1])[0]
            return [[legs_of(site, site == label) for site in range(sites)]]
        case MPO():
            return [[(f"b{k}", f"y{k}", f"x{k}", f"b{k + 1}") for k in range(sites)]]
        case CP():
            return [[(core.legs[0], "r") for core in network.cores]]
        case MERA() if outputs == 0 and sites > MOST_SITES:
            raise ValueError(f"{call} has a MERA of {sites} sites; at most {MOST_SITES} can be evaluated: use a Tree.")
        case MERA():
            return [[node.legs for node in nodes] for nodes in _rows(sites, outputs)]
    return None


def _rows(sites: int, outputs: int) -> Iterator[Sequence[Node]]:
    """The layouts that a MERA with so many input and output legs, or a label, may have."""
    if outputs == 0:
        yield labelled(sites, disentangled=True)
        return
    for mirrored in (False, True):
        with suppress(ValueError):
            yield binary(sites, outputs, mirrored=mirrored, disentangled=True)


def _require_centre(network: AbstractNetwork, call: str) -> None:
    """None, or a core at which all others may point: the squared norm of an isometry is the dimension of its bond."""
    if network.centre is None or network.topology is None:
        return
    if type(network.centre) is not int or not 0 <= network.centre < len(network.cores):
        raise ValueError(
            f"{call} has the centre {network.centre!r:.40}, which is none of its {len(network.cores)} cores."
        )
    topology = Topology.of(network.cores)
    for parent, child in topology.outward(network.centre):
        core = network.cores[child]
        square = float(namespace(core.data).sum(core.data**2))
        width = core.dim(topology.bonds[parent, child])
        if not square <= (1 + SLACK) * width:
            raise ValueError(
                f"{call} has its centre at core {network.centre}, but core {child} is no isometry towards it: its "
                f"squares add to {square:.6g}, not {width}; make the network without a centre."
            )
