"""`/db-mgmt`: the catalogue of measures, and queries over series that are a function of the question."""
