"""Questions passed to people: the life of a ticket, its clock, and what is counted and kept; knows no channel."""
