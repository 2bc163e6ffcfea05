"""A static site from small tables: the answer as it stands, and a page for each rule, study and task."""
