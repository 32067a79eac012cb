"""What an attacker tries, on running servers: each door by each trick."""
