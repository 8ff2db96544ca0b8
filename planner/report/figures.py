"""Every figure of a solved plan by name: what pages show and exports draw, from one `Insight`."""

from __future__ import annotations

from planner.report import insight_cost, insight_place
from planner.report.charts import capacity, cost, place, rules
from planner.report.charts.base import Figure, empty
from planner.report.insight import Insight


def capacity_mix(i: Insight) -> Figure:
    """See `charts.capacity.capacity_mix`."""
    return capacity.capacity_mix(i.mix, i.needed, i.shares)


def capacity_by_offer(i: Insight) -> Figure:
    """See `charts.capacity.by_offer`."""
    return capacity.by_offer(i.by_offer, i.calendar.period_labels)


def load_duration(i: Insight, period: int) -> Figure:
    """See `charts.capacity.load_duration`."""
    return capacity.load_duration(i.load, period, i.calendar.period_labels[period - 1], float(i.held[period]))


def utilization(i: Insight, period: int) -> Figure:
    """See `charts.capacity.utilization`."""
    return capacity.utilization(i.utilization, period, i.calendar.period_labels[period - 1])


def timeline(i: Insight) -> Figure:
    """See `charts.capacity.timeline`."""
    return capacity.timeline(i.timeline)


def cost_by_year(i: Insight) -> Figure:
    """See `charts.cost.cost_by_year`."""
    return cost.cost_by_year(insight_cost.groups_by_year(i.costs), i.currency)


def bridge(i: Insight) -> Figure:
    """See `charts.cost.bridge`; says so when there is nothing to compare with."""
    if i.against is None:
        return empty(
            "against-business-as-usual",
            "There is no business as usual to compare with",
            "Today's assets and on-demand offers alone cannot serve this plan, or they were not solved yet.",
        )
    return cost.bridge(insight_cost.bridge(i.against), i.against, i.currency)


def cash_flow(i: Insight) -> Figure:
    """See `charts.cost.cash_flow`."""
    return cost.cash_flow(i.cash_flow, i.cash, i.currency)


def carbon_by_year(i: Insight) -> Figure:
    """See `charts.cost.carbon_by_year`."""
    return cost.carbon_by_year(i.emissions)


def carbon_by_site(i: Insight) -> Figure:
    """See `charts.cost.carbon_by_site`."""
    return cost.carbon_by_site(i.emissions_by_site)


def site_map(i: Insight) -> Figure:
    """See `charts.place.site_map`."""
    return place.site_map(i.sites, i.locations, insight_place.flow_lines(i.pairs, i.sites, i.locations))


def flow_matrix(i: Insight) -> Figure:
    """See `charts.place.flow_matrix`."""
    return place.flow_matrix(i.pairs, i.sites)


def policy_use(i: Insight) -> Figure:
    """See `charts.rules.policy_use`."""
    return rules.policy_use(i.rules)


ALL = {
    "capacity-mix": capacity_mix,
    "cost-by-year": cost_by_year,
    "map": site_map,
    "against-business-as-usual": bridge,
    "capacity-by-offer": capacity_by_offer,
    "timeline": timeline,
    "cash-flow": cash_flow,
    "flows": flow_matrix,
    "policies": policy_use,
    "carbon-by-year": carbon_by_year,
    "carbon-by-site": carbon_by_site,
}
"""The figures that need nothing but the plan, by name, in the order in which a report shows them."""
BY_PERIOD = {"load-duration": load_duration, "utilization": utilization}
"""The figures of one period."""
