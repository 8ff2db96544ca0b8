from planner.plan.plan import Plan
def plan(): return Plan.of({})
