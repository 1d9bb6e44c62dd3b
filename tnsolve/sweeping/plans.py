"""The run of every network in every environment: growth, the held ridge, one sweep, its row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from tnsolve.algebra.clock import Clock
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.local.abstract import AbstractLocal
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.problems import Penalty
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import grown
from tnsolve.sweeping.rows import Row
from tnsolve.sweeping.runs import AbstractPlan, Run, Sweep
from tnsolve.sweeping.sweep import Visit, sweep

N = TypeVar("N", bound=AbstractNetwork)


Observer = Callable[[Visit | Sweep], None]


@dataclass(frozen=True)
class Plan(AbstractPlan[N]):
    """A network swept in an environment.

    seed       of the subsets that `schedule.samples` asks for
    observers  called with every `Visit` of a region and with every `Sweep`
    """

    environment: AbstractEnvironment
    local: AbstractLocal
    seed: int = 0
    observers: tuple[Observer, ...] = ()

    def improved(self, run: Run[N], step: Step) -> tuple[N, Row]:
        """Grow the bonds where the step asks for it, and sweep.

        A one-site step that names a rank and expands nothing grows to it at once; two-site steps and expansions go as
        far as the rank, by default the network's own.
        """
        clock, visits = Clock(), list[Visit]()
        data = self.environment.prepared(step, self.seed)
        network, tour = run.current, run.current.tour(step)
        if step.rank is None and step.sites == 2:
            step = replace(step, rank=network.rank)
        if step.sites == 1 and not step.expand and step.rank is not None:
            network = grown(network, data, step.rank)
        first = tour[0][0][:1]
        network = network.centred(first)
        penalty = self._penalty(network, data, step, run, first)

        def seen(visit: Visit) -> None:
            visits.append(visit)
            self._tell(visit)

        guard = None if self.held_out is None else self.held_out.environment
        network = sweep(network, data, self.local, step, penalty=penalty, guard=guard, observe=seen)
        row = self.row(network, run, clock, data=data, step=step, penalty=penalty, visits=visits)
        self._tell(Sweep(network, row))
        return network, row

    def row(
        self,
        network: N,
        run: Run[N],
        clock: Clock,
        *,
        data: AbstractEnvironment | None = None,
        step: Step | None = None,
        penalty: Penalty | None = None,
        visits: list[Visit] | None = None,
    ) -> Row:
        """How large the network is and how good, what its sweep did, and what it took."""
        data, visits = data or self.environment, visits or []
        loss, error = data.judged(network)
        last = network.cores[network.tour(Step())[-1][1] if network.centre is None else network.centre]
        norm = 0.0 if penalty is None else penalty.of(last, network.scale)
        seconds, cpu_seconds = clock.read()
        return Row(
            sweep=run.sweeps,
            rank=network.rank,
            parameters=network.parameters,
            loss=loss,
            ridge=0.0 if step is None else step.ridge,
            log_penalty=float("-inf") if penalty is None else penalty.log_ridge,
            samples=data.samples,
            objective=loss + data.unit**2 * norm,
            error=error,
            validation=None if self.held_out is None else self.held_out.judged(network),
            discarded=sum(visit.discarded for visit in visits if not visit.taken_back),
            taken_back=sum(visit.taken_back for visit in visits),
            lowered=sum(visit.info.after < visit.info.before for visit in visits),
            seconds=seconds,
            cpu_seconds=cpu_seconds,
        )

    def _penalty(
        self, network: N, data: AbstractEnvironment, step: Step, run: Run[N], region: tuple[int, ...]
    ) -> Penalty:
        """The ridge in absolute units. While its setting stays it never grows: sweep after sweep lowers the loss."""
        problem = data.problem(network, region)
        penalty = Penalty.relative(step.ridge, problem, problem.theta(network.merge(region), network.scale))
        if run.rows and run.rows[-1].ridge == step.ridge:
            return Penalty(min(penalty.log_ridge, run.rows[-1].log_penalty))
        return penalty

    def _tell(self, event: Visit | Sweep) -> None:
        for observer in self.observers:
            observer(event)
