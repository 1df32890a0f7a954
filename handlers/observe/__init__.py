"""What is known of each request afterwards: a line in the log, and the counts that Prometheus asks for."""
