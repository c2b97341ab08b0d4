"""The engine's own kernels: C++ in `source/`, compiled for this processor at the first start."""
