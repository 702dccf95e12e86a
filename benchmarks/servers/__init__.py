"""The servers that the benchmarks compare; each broadcasts what one of its clients sends."""
