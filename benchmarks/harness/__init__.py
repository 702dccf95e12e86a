"""What the benchmarks of the socket share: servers to start, a load client, rooms to fill, figures to read."""
