"""`/v1`: an agency's clients, their projects, what those brought, and who works on them."""
