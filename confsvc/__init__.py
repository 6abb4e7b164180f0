"""confsvc: online and hybrid conferences, from the invitation to the live board."""
