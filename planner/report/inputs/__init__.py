"""What the inputs mean before anything is solved: demand, prices, reach, rules and holdings as figures."""
