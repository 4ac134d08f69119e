"""Training the plate detector: the network, its samples, the decoding of its output, the measuring."""
