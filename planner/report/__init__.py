"""How it is told: charts, workbooks and exports."""
