"""Turns PyTorch and ONNX networks into lprnet model files (models/FORMAT.md is the specification)."""
