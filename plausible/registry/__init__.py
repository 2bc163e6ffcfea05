"""What can be named: rules, tasks and the rest, registered or in a file of a user's own."""
